import type { deployRoutes } from '../../../api/routes/deploys.ts';
import { readSourceLimits } from '../../../builders/settings.ts';
import { defaultSourceLimits } from '../../../git/codebase.ts';
import { deploy } from '../../../platform/deploy.ts';
import { homeFolder } from '../../../store/home.ts';
import { randomSecret } from '../../system.ts';
import type { HandlersOf } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { requireApp } from '../identify.ts';
import { keepUpload } from '../uploads.ts';

export function deployHandlers({ platform, changes, home }: ApiContext): HandlersOf<typeof deployRoutes> {
  return {
    'POST /dozen/v1/apps/:app/deploys': async ({ params, query, body, caller }) => {
      const app = requireApp(platform.store, params.app);
      const { bytes: limitBytes } = readSourceLimits(process.env, defaultSourceLimits);
      const upload = await keepUpload(body, { folder: homeFolder(home, 'builds'), limitBytes });
      const order = {
        appName: app.name,
        source: { kind: 'tarball', file: upload.file, claimed: query.base ?? null, subject: null },
        actor: caller.account.email,
        newCodebase: query.new_codebase === 'true',
        secret: randomSecret,
      } as const;
      const change = changes.start((telling) => deploy(platform, order, telling).finally(upload.remove));
      return { change };
    },
  };
}
