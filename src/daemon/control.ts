/** `control`: the API; it builds, releases, and tells the engine what is wanted. */
import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { readSourceLimits } from '../builders/settings.ts';
import type { Account } from '../factors/account.ts';
import { defaultSourceLimits } from '../git/codebase.ts';
import { openGitServer } from '../git/server/open-git-server.ts';
import { idleApps, reconcile } from '../platform/reconcile.ts';
import { replaceFile } from '../store/durable-file.ts';
import { homeFolder } from '../store/home.ts';
import type { Store } from '../store/store.ts';
import { bringServicesIn } from './admin/bring-services-in.ts';
import { openChanges } from './changes.ts';
import { clearUp } from './clear-up.ts';
import { appHost, homePlatform } from './home-platform.ts';
import { openHomeStore } from './home-store.ts';
import { openAdmission } from './http/admission.ts';
import type { ApiContext } from './http/context.ts';
import { addGitRoutes } from './http/git-routes.ts';
import { handlersOf } from './http/handlers/handlers.ts';
import { openHttpApi, serveOn } from './http/http-api.ts';
import { onParentGone, onStopAsked, tell } from './leash.ts';
import { apiFile, decidedFile, peerOf } from './paths.ts';
import { startScheduler } from './scheduler.ts';
import { ownVersion, randomName, systemClock } from './system.ts';

export interface ControlOptions {
  readonly home: string;
  readonly mode: 'up' | 'server';
  readonly routerPort: number;
  readonly api: { readonly host: string; readonly port: number };
}

export async function startControl({ home, mode, routerPort, api }: ControlOptions): Promise<void> {
  const store = openHomeStore(home);
  const platform = homePlatform(store, home);
  const changes = openChanges(randomName);
  const operator = operatorOf(store);
  const peer = peerOf(home, 'control');
  const git = openGitServer({
    folder: homeFolder(home, 'git'),
    limits: readSourceLimits(process.env, defaultSourceLimits),
    clock: systemClock,
  });
  await clearUp(home, { platform, changes });
  await bringServicesIn(home, platform);
  const scheduler = startScheduler({
    platform,
    file: decidedFile(home),
    onTrouble: (error) => tell('control', { event: 'schedule-trouble', error: error.toJSON() }),
  });
  const context: ApiContext = {
    platform,
    changes,
    scheduler,
    git,
    operator,
    addresses: {
      routerPort,
      web: (appName) => `http://${appHost(appName)}${routerPort === 80 ? '' : `:${routerPort}`}/`,
      git: (appName) => `http://${api.host}:${port()}/${appName}.git`,
    },
    version: ownVersion(),
    home,
    mode,
    logs: homeFolder(home, 'logs'),
  };
  if (mode === 'server') {
    for (const idle of await idleApps(platform))
      changes.start((telling) => reconcile(platform, idle, telling));
  }
  const admission = openAdmission({ store, operator: { account: operator, token: peer.token }, hosts: [] });
  const app = await openHttpApi({
    handlers: handlersOf(context),
    admission,
    others: (server) => addGitRoutes(server, { context, admission }),
  });
  await app.listen({ host: api.host, port: api.port });
  const port = (): number => (app.server.address() as AddressInfo).port;
  // A socket left by a killed process is nobody's: the lock on the home says so.
  rmSync(peer.socket, { force: true });
  const local = await serveOn(app, peer.socket);
  chmodSync(peer.socket, 0o600);
  replaceFile(apiFile(home), `${JSON.stringify({ url: `http://${api.host}:${port()}` })}\n`);
  tell('control', { event: 'ready', pid: process.pid, port: port() });
  const leave = async (): Promise<void> => {
    local.closeAllConnections();
    local.close();
    await Promise.all([once(local, 'close'), app.close()]);
    await scheduler.close();
    await changes.close();
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
