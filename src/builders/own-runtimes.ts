/** The runtimes that come with Dozen: its Node, its npm, and the server of static sites. */
import { constants, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import path from 'node:path';
import { platformError } from '../base/error.ts';
import type { Runtime } from '../factors/05-build-release-run/slug.ts';

/** Raised by every change of `static/server.ts` or of the library it serves with. */
const staticServerVersion = '1.1.0';

export interface OwnRuntime extends Runtime {
  /** Fills a folder that will be `/opt/NAME`, in the shape that `npm install --global --prefix` gives it. */
  readonly fill: (folder: string) => Promise<void>;
}

/** With a package for each processor, so that only one of them is installed. */
export function nodePackage(): string {
  return `node-linux-${process.arch}`;
}

export const ownRuntimes: Readonly<Record<'node' | 'npm' | 'static', OwnRuntime>> = {
  node: { name: 'node', version: findPackage(nodePackage()).version, fill: copyNode },
  npm: { name: 'npm', version: findPackage('npm').version, fill: copyNpm },
  static: { name: 'static', version: staticServerVersion, fill: copyStaticServer },
};

async function copyNode(to: string): Promise<void> {
  const { folder } = findPackage(nodePackage());
  const inside = path.join('lib/node_modules', nodePackage());
  for (const part of ['bin/node', 'include', 'package.json', 'LICENSE']) {
    await cp(path.join(folder, part), path.join(to, inside, part), {
      recursive: true,
      mode: constants.COPYFILE_FICLONE,
    });
  }
  await link(to, { node: `../${inside}/bin/node` });
}

async function copyNpm(to: string): Promise<void> {
  const options = { recursive: true, verbatimSymlinks: true };
  await cp(findPackage('npm').folder, path.join(to, 'lib/node_modules/npm'), options);
  await link(to, {
    npm: '../lib/node_modules/npm/bin/npm-cli.js',
    npx: '../lib/node_modules/npm/bin/npx-cli.js',
  });
}

async function copyStaticServer(to: string): Promise<void> {
  const server = `server${path.extname(import.meta.filename)}`;
  await cp(path.join(import.meta.dirname, 'static', server), path.join(to, 'lib', server));
  await chmod(path.join(to, 'lib', server), 0o755);
  await writeFile(path.join(to, 'lib/package.json'), '{ "type": "module" }\n');
  for (const [name, folder] of withDependencies('sirv')) {
    await cp(folder, path.join(to, 'lib/node_modules', name), { recursive: true });
  }
  await link(to, { 'static-server': `../lib/${server}` });
}

async function link(to: string, programs: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(path.join(to, 'bin'), { recursive: true });
  for (const [name, target] of Object.entries(programs)) await symlink(target, path.join(to, 'bin', name));
}

/** The folders of a package and of all that it needs, by name. */
function withDependencies(name: string): Map<string, string> {
  const found = new Map<string, string>();
  const open: { name: string; from: string }[] = [{ name, from: import.meta.url }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next.name)) continue;
    const { manifest, folder, dependencies } = findPackage(next.name, next.from);
    found.set(next.name, folder);
    open.push(...dependencies.map((needed) => ({ name: needed, from: manifest })));
  }
  return found;
}

interface Package {
  readonly manifest: string;
  readonly folder: string;
  readonly version: string;
  readonly dependencies: readonly string[];
}

function findPackage(name: string, from: string = import.meta.url): Package {
  const manifest = findPackageJSON(name, from);
  if (manifest === undefined) {
    throw platformError(
      'INSTALLATION_BROKEN',
      `Cannot find package ${JSON.stringify(name)}: it is not installed`,
      {
        hint: 'Install Dozen again: npm ci',
      },
    );
  }
  const { version, dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
  return { manifest, folder: path.dirname(manifest), version, dependencies: Object.keys(dependencies) };
}
