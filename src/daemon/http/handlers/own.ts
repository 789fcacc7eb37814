import type { ownRoutes } from '../../../api/routes/own.ts';
import { userError } from '../../../base/error.ts';
import { parseAppName } from '../../../factors/01-codebase/app.ts';
import { parseDotenv } from '../../../factors/03-config/dotenv.ts';
import { describeExit } from '../../../factors/06-processes/process.ts';
import { deploy } from '../../../platform/deploy.ts';
import { deployFacts } from '../../../platform/deploy-facts.ts';
import { certificateFile } from '../../certificate.ts';
import { randomSecret } from '../../system.ts';
import type { Caller } from '../admission.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { requireApp, timeOf } from '../identify.ts';
import { byName } from './dynos.ts';
import { processHandlers } from './processes.ts';

const haltWithinMs = 40_000;

export function ownHandlers(context: ApiContext): HandlersOf<typeof ownRoutes> {
  const { platform, changes } = context;
  const { store, engine } = platform;
  return {
    ...processHandlers(context),
    'GET /dozen/v1/status': async () => ({
      version: context.version,
      home: context.home,
      mode: context.mode,
      router_port: context.addresses.routerPort,
      api: context.addresses.api(),
      certificate: certificateFile(context.home),
      apps: store.apps().length,
      services: store.services().length,
      processes: (await engine.processes()).length,
      parent_pid: process.ppid,
    }),
    'POST /dozen/v1/halt': async ({ caller }) => {
      refuseOthers(caller, 'stop the platform');
      await engine.halt(haltWithinMs);
      return {};
    },
    /** The caller going away stops the deploy where it is; what it has done is recorded. */
    async *'POST /dozen/v1/deploys'({ body, caller, signal }) {
      refuseOthers(caller, 'deploy a folder of the server');
      const { folder, from, env } = body;
      const appName = parseAppName(body.app);
      if (env !== undefined) {
        const { id } = store.findApp(appName) ?? store.createApp(appName);
        store.configure(id, parseDotenv(env));
      }
      const actor = caller.account.email;
      const order = {
        appName,
        source: { kind: 'folder', folder, from },
        actor,
        secret: randomSecret,
        newCodebase: body.new_codebase ?? false,
      } as const;
      const change = changes.start((telling) => deploy(platform, order, telling), signal);
      yield* changes.follow(change, signal);
    },
    'GET /dozen/v1/changes/:change/events': ({ params, signal }) => changes.follow(params.change, signal),
    'GET /dozen/v1/apps/:app/processes': async ({ params }) => {
      const views = await engine.processes(requireApp(store, params.app).id);
      return views.toSorted(byName).map((view) => ({
        process: view.process,
        type: view.process.slice(0, view.process.lastIndexOf('.')),
        instance: view.instance,
        state: view.state,
        release: view.release,
        pid: view.pid,
        port: view.port,
        started_at: timeOf(view.startedAt),
        ready_ms: view.readyMs === null ? null : Math.round(view.readyMs),
        crashes: view.crashes,
        exit: view.exit === null ? null : describeExit(view.exit),
      }));
    },
    'GET /dozen/v1/apps/:app/deploy-facts': ({ params }) =>
      deployFacts(platform, requireApp(store, params.app)),
    'GET /dozen/v1/apps/:app/verify': ({ params }) => {
      const app = requireApp(store, params.app);
      const broken = store.verify(app.id);
      const releases = store.releases(app.id).length;
      return { holds: broken === null, version: broken?.version ?? null, why: broken?.why ?? null, releases };
    },
  };
}

/** Folders of the machine are read with the platform's own rights. */
function refuseOthers({ authorizationId }: Caller, doing: string): void {
  if (authorizationId === null) return;
  throw userError('OPERATOR_ONLY', `Cannot ${doing}: only who runs the platform may`, {
    hint: "Do it on the platform's machine, as the user who runs it",
  });
}
