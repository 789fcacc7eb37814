/** Which program starts are work of the build stage: installing, compiling, bundling, fetching. */

/** `npm ci`, `tsc`; null: none. */
export function buildWorkOf(argv: readonly string[]): string | null {
  const [program, ...rest] = behindInterpreter(argv);
  if (program === undefined) return null;
  const verbs = rest.filter((word) => !word.startsWith('-'));
  if (rest.some((word) => word === '--version' || word === '--help' || word.startsWith('--service')))
    return null;
  if (managers.has(program)) return workOfManager(program, verbs);
  const wanted = builders[program];
  if (wanted === undefined) return null;
  if (wanted === 'always') return program;
  const verb = verbs.find((each) => wanted.includes(each));
  return verb === undefined ? null : `${program} ${verb}`;
}

/** The name of a tool and what it was given, where an interpreter was given the tool. */
function behindInterpreter(argv: readonly string[]): readonly string[] {
  const [first = '', ...rest] = argv;
  const program = baseOf(first);
  if (!/^(node|bun|python[\d.]*|ruby[\d.]*|php[\d.]*)$/.test(program)) return [nameOf(first), ...rest];
  const module = rest.indexOf('-m');
  if (module !== -1 && program.startsWith('python')) return rest.slice(module + 1);
  const at = rest.findIndex((word) => !word.startsWith('-'));
  const script = rest[at];
  if (script === undefined) return [program, ...rest];
  // A file of the app may have any name: only what was installed is known by it.
  const installed = script.includes('node_modules/') || /\/bin\//.test(script) || managePy.test(script);
  return installed ? [nameOf(script), ...rest.slice(at + 1)] : [program];
}

const managePy = /(^|\/)manage\.py$/;

function nameOf(word: string): string {
  const base = baseOf(word).replace(/\.(c|m)?js$/, '');
  return { 'npm-cli': 'npm', 'npx-cli': 'npx', yarnpkg: 'yarn', pip3: 'pip' }[base] ?? base;
}

function baseOf(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1);
}

const managers: ReadonlySet<string> = new Set(['npm', 'pnpm', 'yarn', 'bun']);
const installing: ReadonlySet<string> = new Set(['install', 'i', 'ci', 'add', 'rebuild', 'dlx', 'link']);
const buildScript = /^(build|compile|bundle|transpile)(:|$)/;

function workOfManager(program: string, [verb, name = '']: readonly string[]): string | null {
  if (verb === undefined) return program === 'yarn' ? 'yarn install' : null;
  if (installing.has(verb)) return `${program} ${verb}`;
  if (verb === 'run' || verb === 'run-script')
    return buildScript.test(name) ? `${program} run ${name}` : null;
  return program !== 'npm' && buildScript.test(verb) ? `${program} ${verb}` : null;
}

/** By name: which words make it build, or that it does nothing else. */
const builders: Readonly<Record<string, 'always' | readonly string[]>> = {
  tsc: 'always',
  webpack: 'always',
  'webpack-cli': 'always',
  rollup: 'always',
  esbuild: 'always',
  babel: 'always',
  swc: 'always',
  sass: 'always',
  tailwindcss: 'always',
  gulp: 'always',
  grunt: 'always',
  parcel: ['build', 'serve', 'watch'],
  vite: ['build', 'dev', 'serve'],
  next: ['build', 'dev'],
  nuxt: ['build', 'dev', 'generate'],
  nuxi: ['build', 'dev', 'generate'],
  astro: ['build', 'dev'],
  ng: ['build', 'serve'],
  turbo: ['build'],
  'react-scripts': ['build', 'start'],
  'vue-cli-service': ['build', 'serve'],
  prisma: ['generate'],
  'node-gyp': 'always',
  pip: ['install'],
  poetry: ['install', 'update'],
  pipenv: ['install', 'sync'],
  uv: ['sync', 'install'],
  'manage.py': ['collectstatic', 'compilemessages'],
  bundle: ['install', 'update'],
  gem: ['install', 'build'],
  rake: ['assets:precompile'],
  rails: ['assets:precompile'],
  composer: ['install', 'update', 'require'],
  go: ['build', 'run', 'install', 'get', 'generate'],
  cargo: ['build', 'run', 'install', 'fetch'],
  dotnet: ['build', 'run', 'publish', 'restore'],
  mix: ['compile', 'deps.get', 'assets.deploy'],
  mvn: 'always',
  gradle: 'always',
  gradlew: 'always',
  make: 'always',
  cmake: 'always',
  ninja: 'always',
  gcc: 'always',
  'g++': 'always',
  cc: 'always',
  'c++': 'always',
  clang: 'always',
  'clang++': 'always',
  rustc: 'always',
  javac: 'always',
  'apt-get': ['install'],
  apk: ['add'],
  git: ['clone', 'pull', 'fetch'],
  curl: 'always',
  wget: 'always',
};
