/** `POST /apps/:app/builds`: a build of source that was sent before, and its deploy. Answered once the build has begun. */
import type { buildRoutes } from '../../../api/routes/builds.ts';
import type { BodyOf } from '../../../api/routes/route.ts';
import { userError } from '../../../base/error.ts';
import type { App } from '../../../factors/01-codebase/app.ts';
import type { Build } from '../../../factors/05-build-release-run/build.ts';
import { deploy } from '../../../platform/deploy.ts';
import type { TarballSource } from '../../../platform/platform.ts';
import { checksumOf } from '../../sources.ts';
import { randomSecret } from '../../system.ts';
import type { Call } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { show } from '../identify.ts';
import { sourceIdIn } from '../links.ts';
import type { Upload } from '../uploads.ts';
import { changeHeader } from './announce.ts';

type Blob = BodyOf<(typeof buildRoutes)['POST /apps/:app/builds']>['source_blob'];
type Ordered = Pick<Call<'POST /apps/:app/builds'>, 'body' | 'caller' | 'reply'> & { readonly app: App };

export async function buildSource(
  context: ApiContext,
  { app, body, caller, reply }: Ordered,
): Promise<Build> {
  const { platform, changes } = context;
  refuseBuildpacks(body.buildpacks ?? []);
  const upload = await takeSource(context, body.source_blob);
  const order = {
    appName: app.name,
    source: { kind: 'tarball', file: upload.file, ...revisionIn(body.source_blob) },
    actor: caller.account.email,
    newCodebase: false,
    secret: randomSecret,
  } as const;
  const { promise: begun, resolve, reject } = Promise.withResolvers<string>();
  const change = changes.start(async ({ tell, signal }) => {
    try {
      return await deploy(platform, order, {
        signal,
        tell(event) {
          tell(event);
          if (event.kind === 'builder') resolve(event.buildId);
        },
      });
    } catch (error) {
      reject(error);
      throw error;
    } finally {
      await upload.remove();
    }
  });
  const build = platform.store.findBuild(await begun);
  if (build === null) throw new TypeError('a build that began is not in the store');
  reply.header(changeHeader, change);
  return build;
}

async function takeSource({ capabilities, sources }: ApiContext, { url, checksum }: Blob): Promise<Upload> {
  const upload = await sources.take(sourceIdIn(capabilities, url));
  if (checksum == null) return upload;
  const [, wanted = ''] = /^(?:sha256:)?([0-9a-f]{64})$/i.exec(checksum) ?? [];
  const found = await checksumOf(upload.file);
  if (found === wanted.toLowerCase()) return upload;
  await upload.remove();
  throw userError(
    'SOURCE_CHECKSUM_WRONG',
    `Cannot build the source: its checksum is SHA256:${found}, not ${show(checksum)}`,
    { hint: 'Send the source again, or give the checksum of what was sent' },
  );
}

/** A version that is a commit is one; any other is for people, and so is its description. */
function revisionIn({
  version,
  version_description: text,
}: Blob): Pick<TarballSource, 'claimed' | 'subject'> {
  const isCommit = /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(version ?? '');
  const [subject = ''] = (text ?? (isCommit ? '' : version) ?? '').split('\n');
  return {
    claimed: isCommit ? (version ?? null) : null,
    subject: subject === '' ? null : subject.slice(0, 200),
  };
}

/** Who builds follows from the source. To build otherwise than was asked would be no answer. */
function refuseBuildpacks(buildpacks: readonly unknown[]): void {
  if (buildpacks.length === 0) return;
  throw userError(
    'BUILDPACKS_REFUSED',
    'Cannot build with buildpacks: Dozen chooses a builder by the source',
    {
      hint: 'Leave "buildpacks" out',
    },
  );
}
