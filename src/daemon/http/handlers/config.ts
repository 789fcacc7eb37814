import type { configRoutes } from '../../../api/routes/config.ts';
import { type Config, parseVariableName, parseVariableValue } from '../../../factors/03-config/config.ts';
import { Secret } from '../../../factors/03-config/secret.ts';
import { configure } from '../../../platform/configure.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { requireApp, requireRelease } from '../identify.ts';
import { announce } from './announce.ts';

export function configHandlers(context: ApiContext): HandlersOf<typeof configRoutes> {
  const { platform } = context;
  const { store } = platform;
  return {
    'GET /apps/:app/config-vars': ({ params }) => revealed(store.variables(requireApp(store, params.app).id)),
    'PATCH /apps/:app/config-vars': async (call) => {
      const app = requireApp(store, call.params.app);
      const changes = new Map(
        Object.entries(call.body).map(([name, value]) => [
          parseVariableName(name),
          value === null ? null : new Secret(parseVariableValue(name, value)),
        ]),
      );
      const actor = call.caller.account.email;
      await announce(context, call, (telling) => configure(platform, { app, changes, actor }, telling));
      return revealed(store.variables(app.id));
    },
    'GET /apps/:app/releases/:release/config-vars': ({ params }) => {
      const app = requireApp(store, params.app);
      const release = requireRelease(store, app, params.release);
      return revealed(store.environment(app.id, release.version));
    },
  };
}

function revealed(config: Config): Record<string, string> {
  return Object.fromEntries([...config].map(([name, value]) => [name, value.reveal()]));
}
