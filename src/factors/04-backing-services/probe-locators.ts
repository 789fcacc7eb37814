import { broken, type Evidence, holds, type Probe, some, unproven } from '../law.ts';

export interface LocatorFacts {
  readonly locators: readonly FoundLocator[];
  /** Code of the app that was not read. */
  readonly unread: readonly string[];
}

export interface FoundLocator {
  /** Where it leads, without user and password. */
  readonly target: string;
  /** The variable that it stands in for when that is not set; null: none. */
  readonly fallbackOf: string | null;
  readonly evidence: Evidence;
}

export const locatorsComeFromConfig: Probe<LocatorFacts> = {
  id: 'backing-services/locators-come-from-config',
  statement: 'Takes the addresses of its services from its config',
  method: 'source',
  why: 'A service whose address stands in the code cannot be exchanged for another one without a new build',
  source: 'https://12factor.net/backing-services',
  how: 'Parse the code and look for addresses of services, and for hosts beside a port or an account, that are handed on as values',
  blind:
    'It reads JavaScript and TypeScript, each file by itself. An address put together from pieces, written with escapes, or read from a file of ' +
    'the app is not seen; public HTTP addresses of other services are left alone, because they are often no config. A local HTTP address that the app ' +
    'has of itself may be taken for one of a service',
  mend: 'Read the whole address from one variable, and stop when it is not set',
  fixes: {
    javascript:
      'import { env } from "node:process";\n\nconst url = env.DATABASE_URL;\nif (!url) throw new Error("DATABASE_URL is not set");\nconst pool = new Pool({ connectionString: url });',
    python: 'import os\nimport psycopg\n\nconnection = psycopg.connect(os.environ["DATABASE_URL"])',
    ruby: 'require "pg"\n\nconnection = PG.connect(ENV.fetch("DATABASE_URL"))',
  },
  judge: ({ locators, unread }) => {
    if (some(locators)) return broken(sentence(locators), evidenceOf(locators));
    if (some(unread))
      return unproven(`The app's code was not read in full: ${unread.slice(0, 3).join('; ')}`);
    return holds("No address of a service stands in the app's code");
  },
};

function sentence(locators: readonly [FoundLocator, ...FoundLocator[]]): string {
  const [{ target, fallbackOf }] = locators;
  const what =
    fallbackOf === null
      ? `${target} stands in the code`
      : `${target} is used when ${fallbackOf} is not set, instead of stopping`;
  const more = locators.length - 1;
  return more === 0
    ? what
    : `${what}, and ${more === 1 ? 'one more address does' : `${more} more addresses do`} alike`;
}

function evidenceOf(locators: readonly [FoundLocator, ...FoundLocator[]]): [Evidence, ...Evidence[]] {
  const [first, ...rest] = locators;
  return [first.evidence, ...rest.slice(0, 19).map(({ evidence }) => evidence)];
}
