/** What a file is there for. Only code of the app counts for how the app behaves; an asset is given to browsers. */
export type Role = 'app' | 'test' | 'tooling' | 'asset';

const testFolder = /(^|\/)(tests?|__tests__|__mocks__|specs?|e2e|cypress|playwright)\//i;
const testFile =
  /[._-](test|spec|e2e|stories|contract|mock)\.[^./]+$|(^|\/)(test|tests|conftest|spec_helper)\.[^./]+$/i;
const toolingFolder =
  /(^|\/)(examples?|samples?|fixtures?|__fixtures__|docs?|bench|benchmarks?|scripts|tools|tooling|hack|\.[^/]+)\//i;
const toolingFile =
  /(^|\/)(\.[^/]*rc(\.[^/]+)?|[^/]+\.config\.[^./]+|[^/]+\.conf\.js|(gulpfile|gruntfile|jakefile|rakefile|webpack|rollup|esbuild|karma|jest|babel|metro)([._-][^/]+)?\.[^./]+|[^/]+\.d\.[cm]?ts)$/i;
const asset = /(^|\/)(public|static|assets|www)\/|[.-]min\.[cm]?js$|\.bundle\.[cm]?js$/i;

/** @param started files that the app's own commands name: theirs is the app's role, wherever they lie */
export function roleOf(file: string, started: ReadonlySet<string>): Role {
  if (started.has(file)) return 'app';
  if (testFolder.test(file) || testFile.test(file)) return 'test';
  if (toolingFolder.test(file) || toolingFile.test(file)) return 'tooling';
  return asset.test(file) ? 'asset' : 'app';
}

/** Words of commands that may be files of the tree: `node scripts/worker.js` names `scripts/worker.js`. */
export function filesNamed(commands: readonly string[]): ReadonlySet<string> {
  const words = commands.flatMap((command) => command.split(/[\s"'=;&|]+/));
  return new Set(words.filter((word) => word.includes('.')).map((word) => word.replace(/^\.\//, '')));
}
