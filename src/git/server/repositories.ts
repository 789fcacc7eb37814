/** Where the repositories lie: `<repo>.git` each, and `hooks`, the one set of hooks for all. */
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { platformError } from '../../base/error.ts';
import { complaintOf, git } from '../command.ts';

export interface Repositories {
  readonly hooks: string;
  folderOf(repo: string): string;
  /** Makes it when it is not there, whole or not at all. */
  provide(repo: string): Promise<string>;
  remove(repo: string): Promise<void>;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function openRepositories(folder: string): Repositories {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  sweep(folder);
  const hooks = writeHooks(folder);
  const folderOf = (repo: string): string => {
    if (!uuid.test(repo)) throw new Error(`Cannot name a repository ${JSON.stringify(repo)}: not a UUID`);
    return path.join(folder, `${repo}.git`);
  };
  return {
    hooks,
    folderOf,
    provide: async (repo) => {
      const home = folderOf(repo);
      if (!existsSync(home)) await create(home);
      return home;
    },
    remove: async (repo) => {
      const home = folderOf(repo);
      if (!existsSync(home)) return;
      const leaving = mkdtempSync(path.join(folder, '.removed-'));
      renameSync(home, path.join(leaving, 'repository'));
      syncPath(folder);
      await rm(leaving, { recursive: true });
    },
  };
}

async function create(home: string): Promise<void> {
  const folder = path.dirname(home);
  const fresh = mkdtempSync(path.join(folder, '.new-'));
  const args = ['init', '--quiet', '--bare', '--template=', '--object-format=sha1', '--initial-branch=main'];
  const env = { GIT_CONFIG_GLOBAL: '/dev/null' };
  const made = await git([...args, fresh], { cwd: folder, user: null, env });
  if (made.code !== 0) throw platformError('TOOL_FAILED', `Cannot make a repository: ${complaintOf(made)}`);
  for (const name of readdirSync(fresh, { recursive: true, encoding: 'utf8' }))
    syncPath(path.join(fresh, name));
  syncPath(fresh);
  try {
    renameSync(fresh, home);
  } catch (error) {
    // Another request made it meanwhile.
    if (!existsSync(home)) throw error;
    rmSync(fresh, { recursive: true });
  }
  syncPath(folder);
}

/** What a killed platform left: half-made and half-removed repositories, quarantines, locks of refs. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const full = path.join(folder, name);
    if (/^\.(new|removed)-/.test(name)) rmSync(full, { recursive: true });
    if (!name.endsWith('.git')) continue;
    for (const left of readdirSync(path.join(full, 'objects'))) {
      if (!left.startsWith('tmp_objdir-')) continue;
      // A Git that outlived the platform may be leaving it at this moment.
      rmSync(path.join(full, 'objects', left), { recursive: true, force: true });
    }
    for (const ref of ['HEAD', 'packed-refs', 'refs/heads/main', 'refs/heads/master']) {
      rmSync(path.join(full, `${ref}.lock`), { force: true });
    }
  }
}

/** A hook that cannot be run would be passed over by Git, and refs would move unasked: then nothing is served. */
function writeHooks(folder: string): string {
  const hooks = path.join(folder, 'hooks');
  mkdirSync(hooks, { recursive: true, mode: 0o700 });
  for (const name of ['pre-receive', 'update']) {
    const fresh = path.join(hooks, `.${name}`);
    copyFileSync(path.join(import.meta.dirname, `${name}.sh`), fresh);
    chmodSync(fresh, 0o700);
    syncPath(fresh);
    renameSync(fresh, path.join(hooks, name));
    checkRuns(path.join(hooks, name));
  }
  return hooks;
}

function checkRuns(hook: string): void {
  try {
    accessSync(hook, constants.X_OK);
  } catch (cause) {
    throw platformError('GIT_HOOK_BLOCKED', `Cannot receive pushes: ${JSON.stringify(hook)} may not be run`, {
      hint: 'Mount the disk of DOZEN_HOME without "noexec"',
      cause,
    });
  }
}

function syncPath(file: string): void {
  const handle = openSync(file, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
