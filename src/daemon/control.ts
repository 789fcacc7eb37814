/** `control`: the API; it builds, releases, and tells the engine what is wanted. */
import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { attachPath } from '../api/run-frames.ts';
import { readSourceLimits } from '../builders/settings.ts';
import type { Account } from '../factors/account.ts';
import { defaultSourceLimits } from '../git/codebase.ts';
import { openGitServer } from '../git/server/open-git-server.ts';
import type { Platform } from '../platform/platform.ts';
import { endForgottenServices } from '../platform/reconcile.ts';
import { openTurns } from '../platform/turns.ts';
import { type Artifacts, openArtifacts } from '../store/artifacts.ts';
import { replaceFile } from '../store/durable-file.ts';
import { requireArtifacts } from '../store/garbage.ts';
import { homeFolder } from '../store/home.ts';
import { openLayers } from '../store/layers.ts';
import { openOutputs } from '../store/outputs.ts';
import type { Store } from '../store/store.ts';
import { buildRunner } from './build-runner.ts';
import { capabilityKey } from './capability-key.ts';
import { openChanges } from './changes.ts';
import { clearUp } from './clear-up.ts';
import { engineClient } from './engine-client.ts';
import { hearAll, hearTargets, sayBuilds, tidyAfter } from './hearings.ts';
import { openHomeStore } from './home-store.ts';
import { openHousekeeping } from './housekeeping.ts';
import { openAdmission } from './http/admission.ts';
import { acceptAttaching } from './http/attach.ts';
import { openCapabilities } from './http/capability.ts';
import type { ApiContext } from './http/context.ts';
import { addGitRoutes } from './http/git-routes.ts';
import { handlersOf } from './http/handlers/handlers.ts';
import { openHttpApi, serveOn } from './http/http-api.ts';
import { addStreamRoutes } from './http/stream-routes.ts';
import { onParentGone, onStopAsked, tell } from './leash.ts';
import { recordOutputs } from './output-recorder.ts';
import { apiFile, peerOf } from './paths.ts';
import { isListening, leaseFor, probePort } from './ports.ts';
import { providers } from './providers.ts';
import { openRuns } from './runs.ts';
import { startAgain } from './start-again.ts';
import { ownVersion, randomName, systemClock } from './system.ts';
import { volumePlace } from './volume-place.ts';
import { volumesSize } from './volumes-size.ts';

/** How long to wait for a runner that is being started again. */
const patienceMs = 10_000;

export interface ControlOptions {
  readonly home: string;
  readonly mode: 'up' | 'server';
  readonly routerPort: number;
  readonly api: { readonly host: string; readonly port: number };
}

export async function startControl({ home, mode, routerPort, api }: ControlOptions): Promise<void> {
  const store = openHomeStore(home);
  const runs = openRuns(systemClock);
  const artifacts = await openArtifacts(homeFolder(home, 'artifacts'));
  const platform = platformOf({ store, home, artifacts });
  const outputs = openOutputs(homeFolder(home, 'outputs'));
  const layers = await openLayers(homeFolder(home, 'layers'), artifacts);
  const housekeeping = openHousekeeping({ home, platform, artifacts, layers, outputs });
  const changes = openChanges(randomName, () =>
    hearTargets(() => hearAll(recordOutputs(outputs), sayBuilds(platform), tidyAfter(housekeeping))),
  );
  const operator = operatorOf(store);
  const peer = peerOf(home, 'control');
  const git = openGitServer({
    folder: homeFolder(home, 'git'),
    limits: readSourceLimits(process.env, defaultSourceLimits),
    clock: systemClock,
  });
  const context: ApiContext = {
    platform,
    changes,
    runs,
    git,
    outputs,
    capabilities: openCapabilities({ key: capabilityKey(home), clock: systemClock }),
    housekeeping,
    operator,
    addresses: {
      routerPort,
      api: () => `http://${api.host}:${port()}`,
      web: (appName) => `http://${hostOf(appName)}${routerPort === 80 ? '' : `:${routerPort}`}/`,
      attach: (capability) => `http://${api.host}:${port()}${attachPath}${capability}`,
      git: (appName) => `http://${api.host}:${port()}/${appName}.git`,
    },
    version: ownVersion(),
    home,
    mode,
    logs: homeFolder(home, 'logs'),
  };
  await clearUp(home, { platform, changes });
  await endForgottenServices(platform);
  const admission = openAdmission({ store, operator: { account: operator, token: peer.token }, hosts: [] });
  const app = await openHttpApi({
    handlers: handlersOf(context),
    admission,
    others(server) {
      addGitRoutes(server, { context, admission });
      addStreamRoutes(server, context);
    },
  });
  await app.listen({ host: api.host, port: api.port });
  const port = (): number => (app.server.address() as AddressInfo).port;
  // A socket left by a killed process is nobody's: the lock on the home says so.
  rmSync(peer.socket, { force: true });
  const local = await serveOn(app, peer.socket);
  chmodSync(peer.socket, 0o600);
  const cutRuns = [app.server, local].map((server) => acceptAttaching(server, { runs, admission }));
  replaceFile(apiFile(home), `${JSON.stringify({ url: `http://${api.host}:${port()}` })}\n`);
  if (mode === 'server') void startAgain({ platform, changes });
  tell('control', { event: 'ready', pid: process.pid, port: port() });
  const leave = async (): Promise<void> => {
    runs.close();
    for (const cut of cutRuns) cut();
    local.closeAllConnections();
    local.close();
    await Promise.all([once(local, 'close'), app.close()]);
    await changes.close();
    await housekeeping.close();
    await git.close();
    store.close();
    process.exit(0);
  };
  onStopAsked(() => void leave());
  if (mode === 'up') onParentGone(() => void leave());
}

interface Parts {
  readonly store: Store;
  readonly home: string;
  readonly artifacts: Artifacts;
}

function platformOf({ store, home, artifacts }: Parts): Platform {
  return {
    store,
    engine: engineClient(peerOf(home, 'runner'), { clock: systemClock, patienceMs }),
    builds: buildRunner(home),
    turns: openTurns(systemClock),
    lent: new Set(),
    clock: systemClock,
    providers,
    hostsOf: (appName) => [hostOf(appName)],
    portFor: (holder, wanted) => leaseFor({ store, home }, holder, wanted),
    probePort,
    isListening,
    sizeOf: (serviceId) => volumesSize(homeFolder(home, 'engine'), serviceId),
    volumeOf: (serviceId, volume) => volumePlace({ store, home }, { serviceId, volume }),
    requireSlug: (slug, { app, version }) =>
      requireArtifacts(artifacts, slug, { version, keptBuilds: store.appSettings(app.id).keptBuilds }),
  };
}

function hostOf(appName: string): string {
  return `${appName}.localhost`;
}

/** Whoever runs the platform, as the machine knows them. */
function operatorOf(store: Store): Account {
  const email = `${userInfo().username.replaceAll(/[^\w.-]/g, '-')}@dozen.localhost`;
  return store.findAccount(email) ?? store.createAccount({ email, name: null });
}
