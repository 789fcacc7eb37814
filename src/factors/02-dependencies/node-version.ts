import semver from 'semver';
import { userError } from '../../base/error.ts';

/**
 * The newest version of `table` in the range; the newest of all where no range is declared. The table is the builder's
 * own, so that one range gives one version until the builder itself changes.
 * @throws NODE_RANGE_INVALID, NODE_VERSION_UNAVAILABLE
 */
export function resolveNodeVersion(range: string | null, table: readonly string[]): string {
  const wanted = range ?? '*';
  if (wanted.length > 200 || semver.validRange(wanted) === null) {
    throw userError(
      'NODE_RANGE_INVALID',
      `Cannot choose a Node version: engines.node is ${JSON.stringify(wanted.slice(0, 80))}, not a range`,
      { hint: 'Write a range such as "24.x" or ">=22" in engines.node of package.json' },
    );
  }
  const version = semver.maxSatisfying([...table], wanted);
  if (version !== null) return version;
  throw userError(
    'NODE_VERSION_UNAVAILABLE',
    `Cannot choose a Node version: none that Dozen has is in the range ${JSON.stringify(wanted)}`,
    { hint: `Declare one of ${majorsOf(table)} in engines.node of package.json` },
  );
}

function majorsOf(table: readonly string[]): string {
  const majors = new Set(table.map((version) => semver.major(version)));
  return [...majors]
    .sort((a, b) => b - a)
    .map((major) => `"${major}.x"`)
    .join(', ');
}
