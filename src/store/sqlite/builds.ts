import { randomUUID } from 'node:crypto';
import type { Digest } from '../../base/digest.ts';
import { platformError } from '../../base/error.ts';
import { canonicalJson } from '../../base/json.ts';
import type { Revision } from '../../factors/01-codebase/revision.ts';
import type { Build } from '../../factors/05-build-release-run/build.ts';
import type { SlugManifest } from '../../factors/05-build-release-run/slug.ts';
import type { BuildResult, NewBuild, Store } from '../store.ts';
import { contentDigest } from './content-digest.ts';
import { type Ledger, requireApp } from './ledger.ts';

type Builds = Pick<
  Store,
  'startBuild' | 'finishBuild' | 'findBuild' | 'builds' | 'unfinishedBuilds' | 'slug'
>;

export function buildsOf(ledger: Ledger): Builds {
  const { db } = ledger;
  return {
    startBuild: (build) => db.write(() => startBuild(ledger, build)),
    finishBuild: (id, result) => db.write(() => finishBuild(ledger, id, result)),
    findBuild: (id) => findBuild(ledger, id),
    builds: (appId) =>
      db
        .all<BuildRow>(`${selectBuilds} WHERE app_id = :appId ORDER BY sequence DESC`, { appId })
        .map(fromRow),
    unfinishedBuilds: () =>
      db.all<BuildRow>(`${selectBuilds} WHERE status = 'running' ORDER BY created_at`, {}).map(fromRow),
    slug(digest) {
      const row = db.one<{ manifest: string }>('SELECT manifest FROM slugs WHERE digest = :digest', {
        digest,
      });
      return row === null ? null : (JSON.parse(row.manifest) as SlugManifest);
    },
  };
}

export function findBuild(ledger: Ledger, id: string): Build | null {
  const row = ledger.db.one<BuildRow>(`${selectBuilds} WHERE id = :id`, { id });
  return row === null ? null : fromRow(row);
}

type BuildRow = Omit<Build, 'revision'> & { readonly revision: string };

const selectBuilds = `SELECT id, app_id AS appId, revision, builder, actor, status, reason, slug,
  slug_size AS slugSize, created_at AS createdAt, finished_at AS finishedAt FROM builds`;

function fromRow(row: BuildRow): Build {
  return { ...row, revision: JSON.parse(row.revision) as Revision };
}

function startBuild(ledger: Ledger, build: NewBuild): Build {
  requireApp(ledger, build.appId, 'start a build');
  const id = randomUUID();
  ledger.db.run(
    `INSERT INTO builds VALUES (:id, :appId,
       (SELECT 1 + coalesce(max(sequence), 0) FROM builds WHERE app_id = :appId),
       :revision, :builder, 'running', NULL, NULL, :now, NULL, :actor, NULL)`,
    {
      id,
      appId: build.appId,
      revision: canonicalJson(build.revision),
      builder: build.builder,
      actor: build.actor,
      now: ledger.clock.now(),
    },
  );
  return requireBuild(ledger, id);
}

function finishBuild(ledger: Ledger, id: string, result: BuildResult): Build {
  const build = requireBuild(ledger, id);
  if (build.status !== 'running') {
    throw platformError('BUILD_FINISHED', `Cannot finish build ${id}: it has ${build.status}`, {
      hint: 'Start another build',
    });
  }
  const end = 'failed' in result ? failure(result.reason) : success(ledger, result);
  ledger.db.run(
    `UPDATE builds SET status = :status, reason = :reason, slug = :slug, slug_size = :slugSize, finished_at = :now
     WHERE id = :id`,
    { ...end, now: ledger.clock.now(), id },
  );
  return requireBuild(ledger, id);
}

function failure(reason: string) {
  return { status: 'failed', reason, slug: null, slugSize: null } as const;
}

function success(ledger: Ledger, { slug, digest }: { readonly slug: SlugManifest; readonly digest: Digest }) {
  const manifest = canonicalJson(slug);
  if (contentDigest(manifest) !== digest) {
    throw platformError('SLUG_DIGEST_WRONG', `Cannot keep slug ${digest}: its manifest has another digest`, {
      hint: 'Build again',
    });
  }
  // Two builds of the same content are one slug.
  if (ledger.db.one('SELECT 1 FROM slugs WHERE digest = :digest', { digest }) === null) {
    ledger.db.run('INSERT INTO slugs VALUES (:digest, :manifest)', { digest, manifest });
  }
  const slugSize = slug.layers.reduce((sum, layer) => sum + layer.size, 0);
  return { status: 'succeeded', reason: null, slug: digest, slugSize } as const;
}

function requireBuild(ledger: Ledger, id: string): Build {
  const build = findBuild(ledger, id);
  if (build !== null) return build;
  throw platformError('BUILD_GONE', `Cannot use build ${JSON.stringify(id)}: there is none`, {
    hint: 'Start another build',
  });
}
