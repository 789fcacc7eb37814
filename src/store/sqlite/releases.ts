import { platformError } from '../../base/error.ts';
import type { Attachment } from '../../factors/04-backing-services/service.ts';
import type { Build } from '../../factors/05-build-release-run/build.ts';
import type { Release } from '../../factors/05-build-release-run/release.ts';
import type { NewRelease, ReleasesPage, Store } from '../store.ts';
import { currentAttachments } from './attachments.ts';
import { findBuild } from './builds.ts';
import { currentConfig } from './config.ts';
import { sealSecret } from './data-keys.ts';
import { type Ledger, requireAppKey } from './ledger.ts';
import { type ReleaseRecord, releaseHash, type SealedVariable, verifyChain } from './release-chain.ts';
import { addEvent } from './release-events.ts';

type Releases = Pick<
  Store,
  'createRelease' | 'findRelease' | 'releases' | 'releasesPage' | 'currentRelease' | 'verify'
>;

export function releasesOf(ledger: Ledger): Releases {
  const { db } = ledger;
  return {
    createRelease: (release) => db.write(() => createRelease(ledger, release)),
    findRelease: (appId, version) => findRelease(ledger, appId, version),
    releases: (appId) =>
      db
        .all<ReleaseRow>(`${selectReleases} WHERE app_id = :appId ORDER BY version DESC`, { appId })
        .map(fromRow),
    releasesPage: (appId, page) => releasesPage(ledger, appId, page),
    currentRelease(appId) {
      const row = db.one<ReleaseRow>(`${selectReleases} WHERE app_id = :appId AND ${succeeded} LIMIT 1`, {
        appId,
      });
      return row === null ? null : fromRow(row);
    },
    verify: (appId) => db.read(() => verifyChain(ledger, appId)),
  };
}

export function findRelease(ledger: Ledger, appId: string, version: number): Release | null {
  const row = ledger.db.one<ReleaseRow>(`${selectReleases} WHERE app_id = :appId AND version = :version`, {
    appId,
    version,
  });
  return row === null ? null : fromRow(row);
}

function releasesPage({ db }: Ledger, appId: string, { from, order, limit }: ReleasesPage): Release[] {
  const sql =
    order === 'asc'
      ? `${selectReleases} WHERE app_id = :appId AND version >= :from ORDER BY version LIMIT :limit`
      : `${selectReleases} WHERE app_id = :appId AND version <= :from ORDER BY version DESC LIMIT :limit`;
  const first = from ?? (order === 'asc' ? 1 : Number.MAX_SAFE_INTEGER);
  return db.all<ReleaseRow>(sql, { appId, from: first, limit }).map(fromRow);
}

/** @throws RELEASE_GONE. `doing` is what was asked for, e.g. `read the config`. */
export function requireRelease(
  ledger: Ledger,
  name: { readonly appId: string; readonly version: number },
  doing: string,
): Release {
  const release = findRelease(ledger, name.appId, name.version);
  if (release !== null) return release;
  throw platformError(
    'RELEASE_GONE',
    `Cannot ${doing}: there is no release ${name.version} of app ${name.appId}`,
    {
      hint: 'See which releases there are with dozen releases',
    },
  );
}

type ReleaseRow = Omit<Release, 'configNames' | 'attachments'> & {
  readonly configNames: string;
  readonly attachments: string;
};

const selectReleases = `SELECT app_id AS appId, version, build_id AS buildId, slug,
  (SELECT json_group_array(name ORDER BY name) FROM release_config AS c
    WHERE c.app_id = r.app_id AND c.version = r.version) AS configNames,
  (SELECT json_group_array(json_object('serviceId', service_id, 'variable', variable) ORDER BY variable)
    FROM release_attachments AS a WHERE a.app_id = r.app_id AND a.version = r.version) AS attachments,
  actor, description, created_at AS createdAt, previous_hash AS previousHash, hash FROM releases AS r`;

/** Of the release `r`; the newest comes first. */
export const succeeded = `(SELECT status FROM release_events AS e
    WHERE e.app_id = r.app_id AND e.version = r.version ORDER BY sequence DESC LIMIT 1) = 'succeeded'
  ORDER BY version DESC`;

function fromRow(row: ReleaseRow): Release {
  return {
    ...row,
    configNames: JSON.parse(row.configNames) as string[],
    attachments: JSON.parse(row.attachments) as Attachment[],
  };
}

function createRelease(ledger: Ledger, wanted: NewRelease): Release {
  const build = buildFor(ledger, wanted);
  const previous = ledger.db.one<{ version: number; hash: string }>(
    'SELECT version, hash FROM releases WHERE app_id = :appId ORDER BY version DESC LIMIT 1',
    { appId: wanted.appId },
  );
  const version = (previous?.version ?? 0) + 1;
  const record: ReleaseRecord = {
    appId: wanted.appId,
    version,
    format: 2,
    buildId: wanted.buildId,
    build,
    slug: build?.slug ?? null,
    config: sealConfig(ledger, wanted.appId, version),
    attachments: currentAttachments(ledger, wanted.appId),
    // SQLite keeps well-formed text alone, and the hash is over what it keeps.
    actor: wanted.actor.toWellFormed(),
    description: wanted.description.toWellFormed(),
    createdAt: ledger.clock.now(),
    previousHash: previous?.hash ?? null,
  };
  return insertRelease(ledger, record);
}

function buildFor(ledger: Ledger, { appId, buildId }: NewRelease): Build | null {
  if (buildId !== null) return succeededBuild(ledger, { appId, buildId });
  const built = ledger.db.one<{ version: number }>(
    'SELECT version FROM releases WHERE app_id = :appId AND build_id IS NOT NULL ORDER BY version DESC LIMIT 1',
    { appId },
  );
  if (built === null) return null;
  throw platformError(
    'BUILD_NOT_RELEASABLE',
    `Cannot make a release without a build: release ${built.version} of the app has one`,
    { hint: 'Release a build of this app that succeeded' },
  );
}

function succeededBuild(
  ledger: Ledger,
  { appId, buildId }: { readonly appId: string; readonly buildId: string },
): Build {
  const build = findBuild(ledger, buildId);
  if (build?.appId === appId && build.slug !== null) return build;
  const why = build?.appId === appId ? `it is ${build.status}` : 'the app has none of that id';
  throw platformError('BUILD_NOT_RELEASABLE', `Cannot release build ${JSON.stringify(buildId)}: ${why}`, {
    hint: 'Release a build of this app that succeeded',
  });
}

/** Sealed anew for this version: a value of another release, put in its place, does not open. */
function sealConfig(ledger: Ledger, appId: string, version: number): SealedVariable[] {
  const key = requireAppKey(ledger, appId, 'make a release');
  return [...currentConfig(ledger, key)].map(([name, value]) => ({
    name,
    ...sealSecret(key, value, releaseBinding(version, name)),
  }));
}

export function releaseBinding(version: number, name: string) {
  return ['release config', version, name] as const;
}

/** The release's own row comes after what it carries and closes it: the database takes nothing more for that version. */
function insertRelease(ledger: Ledger, record: ReleaseRecord): Release {
  const { config, attachments, build: _, format, ...row } = { ...record, hash: releaseHash(record) };
  insertCarried(ledger, record);
  ledger.db.run(
    `INSERT INTO releases VALUES
       (:appId, :version, :format, :buildId, :slug, :actor, :description, :createdAt, :previousHash, :hash)`,
    { ...row, format },
  );
  addEvent(ledger, { appId: row.appId, version: row.version, status: 'pending', reason: null });
  return { ...row, attachments, configNames: config.map(({ name }) => name) };
}

function insertCarried({ db }: Ledger, { appId, version, config, attachments }: ReleaseRecord): void {
  for (const variable of config) {
    db.run('INSERT INTO release_config VALUES (:appId, :version, :name, :keyId, :sealed)', {
      appId,
      version,
      ...variable,
    });
  }
  for (const attachment of attachments) {
    db.run('INSERT INTO release_attachments VALUES (:appId, :version, :variable, :serviceId)', {
      appId,
      version,
      ...attachment,
    });
  }
}
