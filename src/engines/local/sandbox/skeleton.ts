/**
 * The lowest layers of every sandbox: an empty system (`/dev`, `/proc`, `/tmp`, links like `/bin`) with the few files of
 * the machine's `/etc` that programs need to resolve names, check certificates and tell the time; and, above it, who the
 * process is (`/etc/passwd`, `/etc/group`).
 */
import { createHash } from 'node:crypto';
import {
  chmod,
  copyFile,
  cp,
  lstat,
  mkdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';

/** What is copied, where the machine has it. Nothing here is secret: all of it is readable to every user. */
const copied = [
  'alternatives',
  'ca-certificates',
  'ca-certificates.conf',
  'gai.conf',
  'host.conf',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'mime.types',
  'nsswitch.conf',
  'os-release',
  'debian_version',
  'pki',
  'protocols',
  'services',
  'ssl/certs',
  'ssl/openssl.cnf',
  'timezone',
];

const systemFolders = ['bin', 'lib', 'lib32', 'lib64', 'libx32', 'sbin'];
const emptyFolders = [
  'app',
  'dev/pts',
  'dev/shm',
  'etc',
  'home',
  'mnt',
  'proc',
  'root',
  'run',
  'sys',
  'usr',
  'var/tmp',
];
const emptyFiles = [
  'dev/null',
  'dev/zero',
  'dev/full',
  'dev/random',
  'dev/urandom',
  'dev/tty',
  'dev/console',
  'etc/hosts',
  'etc/resolv.conf',
];
const links = {
  'dev/fd': '/proc/self/fd',
  'dev/stdin': '/proc/self/fd/0',
  'dev/stdout': '/proc/self/fd/1',
  'dev/stderr': '/proc/self/fd/2',
  'dev/ptmx': 'pts/ptmx',
  'etc/mtab': '/proc/self/mounts',
  'var/run': '/run',
};

/** Whether the skeleton has something to mount on at this path. */
export function isInSkeleton(target: string): boolean {
  const entry = target.slice(1);
  return entry === 'usr' || systemFolders.includes(entry) || emptyFiles.includes(entry);
}

/** Folders of the machine that every sandbox sees read-only: `/usr`, and those beside it that are no links into it. */
export async function systemBinds(): Promise<string[]> {
  const kinds = await Promise.all(
    systemFolders.map(async (name) => [`/${name}`, await kindOf(`/${name}`)] as const),
  );
  return ['/usr', ...kinds.filter(([, kind]) => kind === 'folder').map(([name]) => name)];
}

/** Makes the skeleton under `parent`, new at each start of an engine so that it follows the machine's `/etc`. */
export async function makeSkeleton(parent: string, name: string): Promise<string> {
  const folder = path.join(parent, name);
  const fresh = `${folder}.fresh`;
  await rm(fresh, { recursive: true, force: true });
  await Promise.all(emptyFolders.map((entry) => mkdir(path.join(fresh, entry), { recursive: true })));
  await mkdir(path.join(fresh, 'tmp'));
  await Promise.all([chmod(path.join(fresh, 'tmp'), 0o1777), chmod(path.join(fresh, 'var/tmp'), 0o1777)]);
  await Promise.all(emptyFiles.map((entry) => writeFile(path.join(fresh, entry), '')));
  await Promise.all(Object.entries(links).map(([entry, target]) => symlink(target, path.join(fresh, entry))));
  await Promise.all(systemFolders.map((entry) => copySystemFolder(entry, fresh)));
  for (const entry of copied) await copyIfThere(`/etc/${entry}`, path.join(fresh, 'etc', entry));
  await rename(fresh, folder);
  return folder;
}

export interface Person {
  readonly uid: number;
  readonly gid: number;
}

/** Makes the layer in which `uid` is called `app` and lives in `/app`. */
export async function makeIdentity(parent: string, { uid, gid }: Person): Promise<string> {
  const passwd = `root:x:0:0:root:/root:/bin/sh\napp:x:${uid}:${gid}:app:/app:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n`;
  const group = `root:x:0:\napp:x:${gid}:\ntty:x:5:\nnogroup:x:65534:\n`;
  const key = createHash('sha256').update(passwd).update(group).digest('hex').slice(0, 16);
  const folder = path.join(parent, `identity-${uid}-${key}`);
  if ((await kindOf(folder)) !== 'none') return folder;
  const fresh = `${folder}.${process.pid}.${process.hrtime.bigint()}`;
  await mkdir(path.join(fresh, 'etc'), { recursive: true });
  await writeFile(path.join(fresh, 'etc/passwd'), passwd);
  await writeFile(path.join(fresh, 'etc/group'), group);
  try {
    await rename(fresh, folder);
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await rm(fresh, { recursive: true });
  }
  return folder;
}

async function copySystemFolder(name: string, root: string): Promise<void> {
  const kind = await kindOf(`/${name}`);
  if (kind === 'link') await symlink(await readlink(`/${name}`), path.join(root, name));
  if (kind === 'folder') await mkdir(path.join(root, name));
}

async function copyIfThere(source: string, target: string): Promise<void> {
  if ((await kindOf(source)) === 'none') return;
  await mkdir(path.dirname(target), { recursive: true });
  if ((await stat(source)).isFile()) await copyFile(source, target);
  else await cp(source, target, { recursive: true, verbatimSymlinks: true });
}

async function kindOf(file: string): Promise<'folder' | 'link' | 'file' | 'none'> {
  try {
    const found = await lstat(file);
    if (found.isSymbolicLink()) return 'link';
    return found.isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'none';
    throw error;
  }
}
