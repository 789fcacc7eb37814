/** Whether one commit is one build, however often it is built. */
import { broken, type Evidence, holds, type Probe, unproven } from '../law.ts';

/** Two builds of the same tree. */
export interface TwoBuildsFacts {
  /** Of the slug. */
  readonly digest: string;
  /** Null: it was built once. */
  readonly again: {
    readonly digest: string;
    /** Files whose content is not the same in both. */
    readonly differing: readonly string[];
    readonly atMs: number;
  } | null;
}

export const buildsReproducibly: Probe<TwoBuildsFacts> = {
  id: 'build-release-run/builds-reproducibly',
  statement: 'Makes the same build of the same commit',
  method: 'run',
  why: 'A release names a build. Where two builds of one commit differ, nobody can tell what runs, nor make it again.',
  source: 'https://12factor.net/build-release-run',
  how: 'The tree of the commit is built twice, and the digests of the two slugs are compared. Where they differ, so do the files that are named.',
  blind:
    'Both builds are made on one machine, minutes apart at most: a date, a host name or a path in the output is the same in both. Installed packages are taken from the cache the second time. A framework that makes keys of its own in each build, as Next.js does for its preview, never builds the same twice: accept the finding with that reason where it lets nobody give them.',
  mend: 'Take time, chance and the order of folders out of what the build writes',
  fixes: {
    javascript:
      '// name the output by its content, and the version by what is given\nconst id = createHash("sha256").update(bundle).digest("hex").slice(0, 12);\nawait writeFile(join("dist", id + ".js"), bundle);',
    python:
      '# sort what comes in any order, and write no time\nfor page in sorted(Path("pages").iterdir()):\n    out.write(render(page))',
    ruby: '# sort what comes in any order, and write no time\nDir.glob("pages/*").sort.each { |page| out << render(page) }',
  },
  judge: ({ digest, again }) => {
    if (again === null) return unproven('It was built once');
    if (again.digest === digest)
      return holds(`Two builds have the digest ${short(digest)}`, [
        event(again.atMs, `was the same the second time, ${short(digest)}`),
      ]);
    const { differing, atMs } = again;
    const what = `was ${short(digest)} the first time and ${short(again.digest)} the second`;
    const because =
      differing.length === 0
        ? 'Two builds of one commit differ, in names or modes of files'
        : `Two builds of one commit differ in ${differing[0]?.replace(/^app\//, '')}${others(differing.length - 1)}`;
    return broken(
      because,
      [event(atMs, what), ...differing.map((file) => event(atMs, `${file} is not the same in both`))],
      differing.length === 0
        ? 'Take time and chance out of the names of files that the build writes, and give them the same modes each time'
        : undefined,
    );
  },
};

function others(count: number): string {
  return count === 0 ? '' : ` and ${count} other file${count === 1 ? '' : 's'}`;
}

function short(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

function event(atMs: number, what: string): Evidence {
  return { kind: 'event', process: 'build', atMs, what };
}
