/** `control`: takes orders, builds, releases, and tells the engine what is wanted. */
import { randomBytes } from 'node:crypto';
import type { DeployRequest } from '../api/wire.ts';
import { asDozenError, userError } from '../base/error.ts';
import { Feed } from '../engines/local/feed.ts';
import { parseDotenv } from '../factors/03-config/dotenv.ts';
import { Secret } from '../factors/03-config/secret.ts';
import type { DeployEvent } from '../factors/deploy-event.ts';
import { deploy } from '../platform/deploy.ts';
import type { Platform } from '../platform/platform.ts';
import { homeFolder } from '../store/home.ts';
import { readLog } from '../store/logs/log-reader.ts';
import { buildRunner } from './build-runner.ts';
import { clearUp } from './clear-up.ts';
import { engineClient } from './engine-client.ts';
import { openHomeStore } from './home-store.ts';
import { onParentGone, onStopAsked, tell } from './leash.ts';
import { peerOf } from './paths.ts';
import { isListening, leaseFor } from './ports.ts';
import { providers } from './providers.ts';
import { type Arrived, serve } from './socket-server.ts';
import { systemClock } from './system.ts';
import { volumePlace } from './volume-place.ts';

/** How long to wait for a runner that is being started again. */
const patienceMs = 10_000;

export async function startControl({ home }: { readonly home: string }): Promise<void> {
  const store = openHomeStore(home);
  await clearUp(home, store);
  const platform: Platform = {
    store,
    engine: engineClient(peerOf(home, 'runner'), { clock: systemClock, patienceMs }),
    builds: buildRunner(home),
    clock: systemClock,
    providers,
    hostsOf: (appName) => [`${appName}.localhost`],
    portFor: (holder) => leaseFor({ store, home }, holder),
    isListening,
    volumeOf: (serviceId, volume) => volumePlace({ store, home }, { serviceId, volume }),
  };
  const close = await serve(peerOf(home, 'control'), {
    'POST /deploy': { stream: (call) => runDeploy(platform, call) },
    'GET /logs': { stream: (call) => readLogs(home, platform, call) },
    'GET /processes': {
      answer: ({ query }) => platform.engine.processes(appId(platform, query.get('app') ?? '')),
    },
  });
  tell('control', { event: 'ready', pid: process.pid });
  const leave = async (): Promise<void> => {
    await close();
    store.close();
    process.exit(0);
  };
  onStopAsked(() => void leave());
  onParentGone(() => void leave());
}

/** The caller going away stops the deploy where it is; what it has done is recorded. */
async function* runDeploy(platform: Platform, { body, signal }: Arrived): AsyncGenerator<DeployEvent> {
  const { app, folder, from, actor, env } = body as DeployRequest;
  const events = new Feed<DeployEvent>();
  const over = new AbortController();
  const told = events.read(over.signal, []);
  if (env !== undefined) setVariables(platform, { app, env });
  const order = {
    appName: app,
    source: { folder, from },
    actor,
    secret: () => new Secret(randomBytes(32).toString('hex')),
  };
  const work = deploy(platform, order, { tell: (event) => events.push(event), signal })
    .catch((error: unknown) => events.push({ kind: 'failed', error: asDozenError(error).toJSON() }))
    .finally(() => over.abort());
  yield* told;
  await work;
}

function setVariables(
  { store }: Platform,
  { app, env }: { readonly app: string; readonly env: string },
): void {
  const { id } = store.findApp(app) ?? store.createApp(app);
  store.configure(id, parseDotenv(env));
}

async function* readLogs(
  home: string,
  platform: Platform,
  { query, signal }: Arrived,
): AsyncGenerator<unknown> {
  const id = appId(platform, query.get('app') ?? '');
  const options = { since: Number(query.get('since') ?? 0), follow: query.get('follow') === 'true', signal };
  yield* readLog(homeFolder(home, 'logs'), id, options);
}

function appId({ store }: Platform, name: string): string {
  const app = store.findApp(name);
  if (app !== null) return app.id;
  throw userError('APP_UNKNOWN', `Cannot find the app ${JSON.stringify(name)}: there is none of this name`, {
    hint: 'dozen up PATH makes one',
  });
}
