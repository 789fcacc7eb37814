/** Whether an app reads config from files that stand beside its code. */
import { broken, type Evidence, holds, type Probe, some } from '../law.ts';

/** Files under the app's folder that watched processes opened for reading, by the kernel. */
export interface OpenedFacts {
  readonly opened: readonly OpenedFile[];
  /** Files that were opened, of any name. */
  readonly count: number;
}

export interface OpenedFile {
  readonly process: string;
  readonly atMs: number;
  /** Relative to the app's folder. */
  readonly path: string;
  /** Whether it was there. */
  readonly found: boolean;
}

export const readsNoConfigFiles: Probe<OpenedFacts> = {
  id: 'config/reads-no-config-files',
  statement: 'Reads no file of the build that holds config',
  method: 'run',
  why: 'What stands in a file of the build is the same in every deploy of it: config varies between deploys, code does not.',
  source: 'https://12factor.net/config',
  how: 'Every file that the processes open is recorded; files named as dotenv files or for an environment are looked for, outside of node_modules.',
  blind:
    'Config in a file of another name is not known as such. Ruby files for environments, which Rails reads always, are left out.',
  mend: 'Put what differs between deploys into variables, and delete the file',
  fixes: {
    javascript: '// instead of config/production.json\nconst mailUrl = process.env.MAIL_URL;',
    python: "# instead of settings/production.py\nmail_url = os.environ['MAIL_URL']",
    ruby: "# instead of config/production.yml\nmail_url = ENV.fetch('MAIL_URL')",
  },
  judge: ({ opened, count }) => {
    const config = firstOfEach(opened.filter(({ path }) => isConfigFile(path)));
    const read = config.filter(({ found }) => found).map(eventOf);
    if (some(read)) {
      const names = [...new Set(config.filter(({ found }) => found).map(({ path }) => path))];
      return broken(`It reads config from ${names.join(', ')}`, read);
    }
    const sought = [...new Set(config.map(({ path }) => path))];
    if (sought.length > 0)
      return holds(`It looks for ${sought.join(', ')}, which the build does not have`, config.map(eventOf));
    return holds(`None of ${count} files of the app that it opened is named as config`);
  },
};

export const probes = [readsNoConfigFiles];

const environment =
  '(?:production|prod|development|dev|staging|stage|test|testing|qa|uat|preview|live|sandbox|demo|local|default)';
const data =
  '(?:jsonc?|json5|hjson|ya?ml|toml|ini|cfg|conf|properties|xml|cson|env|js|cjs|mjs|ts|cts|mts|py)';
const noun =
  '(?:config|configuration|conf|settings|appsettings|application|env|environment|database|secrets)';

const dotenv = /(^|\/)\.(flask)?env(\.(?!example$|sample$|template$|dist$|schema$|vault$)[\w.-]+)?$/i;
const inFolder = new RegExp(
  `(^|/)(?:config|configs|configuration|conf|settings|env|envs|environments)/${environment}\\.${data}$`,
  'i',
);
const byName = new RegExp(`(^|/)${noun}[._-]${environment}\\.${data}$`, 'i');
const local = new RegExp(
  `(^|/)${noun}\\.local(\\.[\\w-]+)?$|(^|/)[\\w-]+\\.local\\.(?:jsonc?|ya?ml|toml|ini|cfg|conf|properties)$`,
  'i',
);

/** @param path relative to the app's folder */
export function isConfigFile(path: string): boolean {
  if (/(^|\/)node_modules\//.test(path)) return false;
  return [dotenv, inFolder, byName, local].some((pattern) => pattern.test(path));
}

function firstOfEach(opened: readonly OpenedFile[]): readonly OpenedFile[] {
  const first = new Map<string, OpenedFile>();
  for (const each of opened) {
    const key = `${each.process} ${each.path} ${each.found}`;
    if (!first.has(key)) first.set(key, each);
  }
  return [...first.values()].sort((a, b) => a.atMs - b.atMs);
}

function eventOf({ process, atMs, path, found }: OpenedFile): Evidence {
  return {
    kind: 'event',
    process,
    atMs,
    what: found ? `opened ${path} for reading` : `looked for ${path}, which is not there`,
  };
}
