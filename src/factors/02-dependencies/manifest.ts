import { userError } from '../../base/error.ts';
import { documentPlace, fields, mismatch, optional, type Shape, table, text } from '../../base/shape.ts';

/** What a build needs to know of a `package.json`. */
export interface Manifest {
  readonly name: string | null;
  readonly scripts: Scripts;
  /** `engines.node`: a range as npm writes it. */
  readonly nodeRange: string | null;
  readonly packageManager: PackageManager | null;
  /** Names, optional ones among them. */
  readonly dependencies: readonly string[];
  /** Names: needed to build, not to run. */
  readonly devDependencies: readonly string[];
}

/** Null where there is none. */
export interface Scripts {
  readonly start: string | null;
  readonly build: string | null;
  /** Runs in place of `build`. */
  readonly herokuPostbuild: string | null;
}

/** `"pnpm@10.1.0+sha512.abc…"`: an exact version, and what its archive must hash to. */
export interface PackageManager {
  readonly name: 'npm' | 'pnpm' | 'yarn';
  readonly version: string;
  readonly integrity: { readonly algorithm: string; readonly hex: string } | null;
}

/** Bytes. */
export const manifestLimit = 1024 * 1024;

/** @throws MANIFEST_TOO_LARGE, MANIFEST_INVALID */
export function parseManifest(source: string): Manifest {
  const bytes = new TextEncoder().encode(source).length;
  if (bytes > manifestLimit) {
    throw userError(
      'MANIFEST_TOO_LARGE',
      `Cannot read package.json: ${bytes} bytes are over the limit of ${manifestLimit}`,
      { hint: 'Keep in package.json what declares the package, and nothing else' },
    );
  }
  const { engines, scripts, ...found } = members(parseJson(source), documentPlace(invalid));
  return {
    name: found.name,
    scripts: { start: scripts.start, build: scripts.build, herokuPostbuild: scripts['heroku-postbuild'] },
    nodeRange: engines.node,
    packageManager: found.packageManager,
    dependencies: [...new Set([...found.dependencies.keys(), ...found.optionalDependencies.keys()])],
    devDependencies: [...found.devDependencies.keys()],
  };
}

const packageManager: Shape<PackageManager> = (value, place) => {
  const match = typeof value === 'string' ? packageManagerPattern.exec(value) : null;
  if (match === null) throw mismatch(place, 'npm, pnpm or yarn with a version such as "pnpm@10.1.0"', value);
  const [, name, version = '', algorithm, hex] = match;
  const integrity = algorithm === undefined || hex === undefined ? null : { algorithm, hex };
  return { name: name as PackageManager['name'], version, integrity };
};

const packageManagerPattern =
  /^(npm|pnpm|yarn)@([0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,5}(?:-[0-9A-Za-z.-]{1,40})?)(?:\+(sha(?:1|224|256|384|512))\.([0-9a-f]{40,128}))?$/;

const name = text('a text', (candidate) => candidate.length <= 214);
const optionalText = optional(text(), null);
const scriptNames = { start: optionalText, build: optionalText, 'heroku-postbuild': optionalText };
const requirements = optional(table(text(), text()), new Map<string, string>());

const members = fields(
  {
    name: optional(name, null),
    scripts: optional(fields(scriptNames, { others: 'ignored' }), {
      start: null,
      build: null,
      'heroku-postbuild': null,
    }),
    engines: optional(fields({ node: optionalText }, { others: 'ignored' }), { node: null }),
    packageManager: optional(packageManager, null),
    dependencies: requirements,
    optionalDependencies: requirements,
    devDependencies: requirements,
  },
  { others: 'ignored' },
);

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw invalid(`not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function invalid(complaint: string, cause?: unknown): Error {
  return userError('MANIFEST_INVALID', `Cannot read package.json: ${complaint}`, {
    hint: 'Correct package.json at the place named, and commit it',
    cause,
  });
}
