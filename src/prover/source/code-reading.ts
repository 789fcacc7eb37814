/** Reads a tree: what lies in it, what its packages declare, what its code says. */
import { type Package, type Packages, packagesOf, standingOf } from './packages.ts';
import { filesNamed } from './role.ts';
import { type Scan, scanCode } from './scan.ts';
import { fileReader, type Tree, walkTree } from './tree.ts';
import type { Watch } from './watch.ts';

export interface CodeReading {
  readonly tree: Tree;
  readonly packages: Packages;
  readonly scan: Scan;
}

export async function readTree(
  root: string,
  { signal }: Watch,
): Promise<Pick<CodeReading, 'tree' | 'packages'>> {
  const whole = await walkTree(root, { signal });
  const packages = packagesOf(whole);
  return { tree: withoutBuilt(whole, packages.all), packages };
}

export async function readCode(root: string, watch: Watch): Promise<CodeReading> {
  const { tree, packages } = await readTree(root, watch);
  const started = filesNamed(commandsOf(tree, packages.all));
  const asked = {
    import: (specifier: string, file: string) => standingOf(specifier, file, packages) !== 'known',
  };
  return { tree, packages, scan: await scanCode(tree, { asked, started, watch }) };
}

/** Folders that a package's build script makes are no source. */
function withoutBuilt(tree: Tree, packages: readonly Package[]): Tree {
  const built = packages
    .filter(({ scripts }) => scripts.build !== undefined)
    .flatMap(({ folder }) =>
      ['dist', 'build', 'out'].map((name) => (folder === '' ? name : `${folder}/${name}`)),
    )
    .filter((folder) => tree.files.some((file) => file.startsWith(`${folder}/`)));
  if (built.length === 0) return tree;
  const isBuilt = (file: string): boolean => built.some((folder) => file.startsWith(`${folder}/`));
  return {
    root: tree.root,
    files: tree.files.filter((file) => !isBuilt(file)),
    skipped: [...tree.skipped, ...built.map((path) => ({ path, why: 'built code' }))],
  };
}

/** The lines by which the app is started: of its Procfile, its schedule, its `start` script. */
function commandsOf(tree: Tree, packages: readonly Package[]): readonly string[] {
  const read = fileReader(tree.root, 64 * 1024);
  const texts = ['Procfile', 'app.json'].flatMap((file) => {
    const reading = read(file);
    return 'bytes' in reading ? [reading.bytes.toString('utf8')] : [];
  });
  return [...texts, ...packages.flatMap(({ scripts }) => [scripts.start ?? '', scripts.prestart ?? ''])];
}
