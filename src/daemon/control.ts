/** `control`: the API; it builds, releases, and tells the engine what is wanted. */
import { chmodSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { asDozenError } from '../base/error.ts';
import { readSourceLimits } from '../builders/settings.ts';
import type { Account } from '../factors/account.ts';
import { defaultSourceLimits } from '../git/codebase.ts';
import { openGitServer } from '../git/server/open-git-server.ts';
import { endForgottenServices } from '../platform/reconcile.ts';
import { replaceFile } from '../store/durable-file.ts';
import { homeFolder } from '../store/home.ts';
import { openLayers } from '../store/layers.ts';
import { openOutputs } from '../store/outputs.ts';
import type { Store } from '../store/store.ts';
import { bringServicesIn } from './admin/bring-services-in.ts';
import { capabilityKey } from './capability-key.ts';
import { apiCertificate } from './certificate.ts';
import { openChanges } from './changes.ts';
import { clearUp } from './clear-up.ts';
import { hearAll, hearTargets, sayBuilds, tidyAfter } from './hearings.ts';
import { appHost, homeArtifacts, homePlatform } from './home-platform.ts';
import { openHomeStore } from './home-store.ts';
import { openHousekeeping } from './housekeeping.ts';
import { openAdmission } from './http/admission.ts';
import { acceptAttaching } from './http/attach.ts';
import { openCapabilities } from './http/capability.ts';
import type { ApiContext } from './http/context.ts';
import { openFront } from './http/front.ts';
import { addGitRoutes } from './http/git-routes.ts';
import { handlersOf } from './http/handlers/handlers.ts';
import { openHttpApi } from './http/http-api.ts';
import { meet } from './http/rendezvous.ts';
import { addSourceRoutes } from './http/source-routes.ts';
import { addStreamRoutes } from './http/stream-routes.ts';
import { onParentGone, onStopAsked, tell } from './leash.ts';
import { recordOutputs } from './output-recorder.ts';
import { apiFile, decidedFile, peerOf } from './paths.ts';
import { openRuns } from './runs.ts';
import { startScheduler } from './scheduler.ts';
import { openSources } from './sources.ts';
import { startAgain } from './start-again.ts';
import { ownVersion, randomName, systemClock } from './system.ts';

export interface ControlOptions {
  readonly home: string;
  readonly mode: 'up' | 'server';
  readonly routerPort: number;
  readonly api: { readonly host: string; readonly port: number };
}

export async function startControl({ home, mode, routerPort, api }: ControlOptions): Promise<void> {
  const store = openHomeStore(home);
  const runs = openRuns(systemClock);
  const artifacts = await homeArtifacts(home);
  const platform = homePlatform({ store, home, artifacts, routerPort });
  const outputs = openOutputs(homeFolder(home, 'outputs'));
  const layers = await openLayers(homeFolder(home, 'layers'), artifacts);
  const housekeeping = openHousekeeping({ home, platform, artifacts, layers, outputs });
  const changes = openChanges(randomName, () =>
    hearTargets(() => hearAll(recordOutputs(outputs), sayBuilds(platform), tidyAfter(housekeeping))),
  );
  const operator = operatorOf(store);
  const peer = peerOf(home, 'control');
  const certificate = await apiCertificate(home, systemClock.now());
  const sourceLimits = readSourceLimits(process.env, defaultSourceLimits);
  const git = openGitServer({
    folder: homeFolder(home, 'git'),
    limits: sourceLimits,
    clock: systemClock,
  });
  const sources = openSources({
    folder: homeFolder(home, 'builds'),
    limitBytes: sourceLimits.bytes,
    clock: systemClock,
    onTrouble: (error) =>
      tell('control', { event: 'sources-not-swept', error: asDozenError(error).toJSON() }),
  });
  await clearUp(home, { platform, changes });
  await endForgottenServices(platform);
  await bringServicesIn(home, platform);
  const scheduler = startScheduler({
    platform,
    file: decidedFile(home),
    onTrouble: (error) => tell('control', { event: 'schedule-trouble', error: error.toJSON() }),
  });
  const context: ApiContext = {
    platform,
    changes,
    runs,
    scheduler,
    git,
    outputs,
    sources,
    capabilities: openCapabilities({ key: capabilityKey(home), clock: systemClock }),
    housekeeping,
    operator,
    addresses: {
      routerPort,
      api: () => `http://${api.host}:${port()}`,
      web: (appName) => platform.urlOf(appHost(appName)),
      git: (appName) => `http://${api.host}:${port()}/${appName}.git`,
    },
    version: ownVersion(),
    home,
    mode,
    logs: homeFolder(home, 'logs'),
  };
  const admission = openAdmission({ store, operator: { account: operator, token: peer.token }, hosts: [] });
  const app = await openHttpApi({
    handlers: handlersOf(context),
    admission,
    others(server) {
      addGitRoutes(server, { context, admission });
      addStreamRoutes(server, context);
      addSourceRoutes(server, context);
    },
  });
  // A socket left by a killed process is nobody's: the lock on the home says so.
  rmSync(peer.socket, { force: true });
  await app.listen({ path: peer.socket });
  chmodSync(peer.socket, 0o600);
  const cutRuns = acceptAttaching(app.server, { runs, admission });
  const front = await openFront({
    ...api,
    pem: certificate.pem,
    http: app.server,
    onRendezvous: (socket, capability) => void meet(socket, capability, { runs, clock: systemClock }),
  });
  const port = (): number => front.port;
  replaceFile(apiFile(home), `${JSON.stringify({ url: `http://${api.host}:${port()}` })}\n`);
  if (mode === 'server') void startAgain({ platform, changes });
  tell('control', { event: 'ready', pid: process.pid, port: port() });
  const leave = async (): Promise<void> => {
    runs.close();
    cutRuns();
    const nobodyComes = front.close();
    await app.close();
    front.cut();
    await nobodyComes;
    sources.close();
    await scheduler.close();
    await changes.close();
    await housekeeping.close();
    await git.close();
    store.close();
    process.exit(0);
  };
  onStopAsked(() => void leave());
  if (mode === 'up') onParentGone(() => void leave());
}

/** Whoever runs the platform, as the machine knows them. */
function operatorOf(store: Store): Account {
  const email = `${userInfo().username.replaceAll(/[^\w.-]/g, '-')}@dozen.localhost`;
  return store.findAccount(email) ?? store.createAccount({ email, name: null });
}
