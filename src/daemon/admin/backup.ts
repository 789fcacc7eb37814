/**
 * Everything that the platform knows, as one file: taken by the command's own process, while the platform runs.
 *
 * ```
 * the ledger, of one moment ─► each service's data, over its own protocol ─► what builds made, what was pushed
 * ```
 * What a release in the ledger needs was there before the ledger was copied, so it is in the file. A repository's refs are read
 * before its objects: what they name is there.
 */
import { createWriteStream, existsSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { BackedUp, BackupWish } from '../../api/admin.ts';
import { userError } from '../../base/error.ts';
import { isAlive, markedIn, markOf, ownIdentity } from '../../engines/local/proc.ts';
import { removeTree } from '../../engines/local/run-folder.ts';
import { archiveService, servicesWithData } from '../../platform/service-archive.ts';
import { makeFolder } from '../../store/durable-file.ts';
import { homeFolder } from '../../store/home.ts';
import { type ArchiveEntry, writeArchive } from '../../store/home-archive.ts';
import { backupStore } from '../../store/sqlite/backup.ts';
import { homeArtifacts, homePlatform } from '../home-platform.ts';
import { openHomeStore } from '../home-store.ts';
import { decidedFile, storeFile } from '../paths.ts';
import { providers } from '../providers.ts';
import { ownVersion, systemClock } from '../system.ts';
import { packRuntimes } from './runtime-tars.ts';

export async function backUp(
  home: string,
  { file, withKey, signal }: BackupWish & { readonly signal: AbortSignal },
): Promise<BackedUp> {
  if (existsSync(file)) throw exists(file);
  const keyFile = path.join(homeFolder(home, 'keys'), 'master.key');
  if (withKey && !existsSync(keyFile)) throw noKey();
  const scratch = await makeScratch(home);
  try {
    const copy = path.join(scratch, 'dozen.db');
    backupStore(storeFile(home), copy);
    const services = await copyServices(home, { scratch, signal });
    const runtimes = await packRuntimes(home, scratch);
    const head = { version: ownVersion(), createdAt: systemClock.now(), key: withKey, services };
    const entries = entriesOf(home, { copy, scratch, services, runtimes, keyFile: withKey ? keyFile : null });
    const size = await writeArchive(file, { head, entries, signal });
    return { file, size, key: withKey, services: services.length };
  } finally {
    await removeTree(scratch);
  }
}

/** What a backup that was killed left goes first. */
async function makeScratch(home: string): Promise<string> {
  const cache = homeFolder(home, 'cache');
  makeFolder(cache);
  for (const name of readdirSync(cache).filter((each) => each.startsWith('backup-'))) {
    const maker = markedIn(name);
    if (maker === null || !isAlive(maker)) await removeTree(path.join(cache, name));
  }
  return mkdtempSync(path.join(cache, `backup-${markOf(ownIdentity())}-`));
}

interface Copying {
  readonly scratch: string;
  readonly signal: AbortSignal;
}

async function copyServices(home: string, { scratch, signal }: Copying): Promise<readonly string[]> {
  const store = openHomeStore(home);
  try {
    const services = servicesWithData({ store, providers });
    if (services.length === 0) return [];
    const platform = homePlatform({ store, home, artifacts: await homeArtifacts(home), routerPort: null });
    for (const service of services) {
      const into = createWriteStream(path.join(scratch, service.id), { flags: 'wx', mode: 0o600 });
      await archiveService(platform, { service, into }, { tell: () => undefined, signal });
    }
    return services.map(({ id }) => id);
  } finally {
    store.close();
  }
}

interface Copied {
  readonly copy: string;
  readonly scratch: string;
  readonly services: readonly string[];
  readonly runtimes: readonly string[];
  readonly keyFile: string | null;
}

async function* entriesOf(
  home: string,
  { copy, scratch, services, runtimes, keyFile }: Copied,
): AsyncGenerator<ArchiveEntry> {
  yield entryOf('layout', path.join(home, 'layout'));
  yield entryOf('store/dozen.db', copy);
  if (existsSync(decidedFile(home))) yield entryOf('store/schedules.json', decidedFile(home));
  for (const id of services) yield entryOf(`services/incoming/${id}`, path.join(scratch, id));
  for (const name of runtimes) yield entryOf(`runtimes/${name}.tar`, path.join(scratch, `${name}.tar`));
  yield* below(home, 'artifacts', (name) => name !== 'artifacts/tmp');
  yield* below(home, 'outputs');
  yield* repositories(home);
  if (keyFile !== null) yield entryOf('keys/master.key', keyFile);
}

function* repositories(home: string): Generator<ArchiveEntry> {
  if (!existsSync(homeFolder(home, 'git'))) return;
  for (const name of readdirSync(homeFolder(home, 'git'))) {
    if (!name.endsWith('.git')) continue;
    const repository = `git/${name}`;
    const objects = `${repository}/objects`;
    yield* below(home, repository, (each) => each !== objects && !each.endsWith('.lock'));
    yield* below(home, objects, (each) => !/\/(tmp_|incoming-)/.test(each));
  }
}

/** Folders before what is in them. */
function* below(
  home: string,
  name: string,
  isWanted: (name: string) => boolean = () => true,
): Generator<ArchiveEntry> {
  const folder = path.join(home, name);
  if (!existsSync(folder)) return;
  yield { kind: 'folder', name };
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const inner = `${name}/${entry.name}`;
    if (!isWanted(inner)) continue;
    if (entry.isDirectory()) yield* below(home, inner, isWanted);
    else if (entry.isFile()) yield entryOf(inner, path.join(home, inner));
  }
}

function entryOf(name: string, file: string): ArchiveEntry {
  return { kind: 'file', name, file, size: statSync(file).size };
}

function exists(file: string): Error {
  return userError(
    'BACKUP_EXISTS',
    `Cannot back up to ${JSON.stringify(file)}: there is a file of that name`,
    { hint: 'Choose another name, or remove that file' },
  );
}

function noKey(): Error {
  return userError(
    'KEY_FROM_ENVIRONMENT',
    'Cannot put the master key into the backup: DOZEN_KEY gives it, and no file of the home holds it',
    { hint: 'Leave --with-key out, and keep what gives DOZEN_KEY' },
  );
}
