/** What the source alone tells of where an app has its config. */
import { broken, type Evidence, holds, notApplicable, type Probe, some, unproven } from '../law.ts';

export interface CredentialFacts {
  readonly found: readonly FoundCredential[];
  /** Texts that the code uses in place of a secret that is not set; null: none was seen, and not all code was read for them. */
  readonly fallbacks: readonly SecretFallback[] | null;
  /** Files that may hold one and were not searched. */
  readonly unread: readonly string[];
}

export interface FoundCredential {
  /** What it looks like: `a private key`. */
  readonly what: string;
  /** Without the credential itself. */
  readonly evidence: Evidence;
}

export interface SecretFallback {
  /** That it stands in for. */
  readonly variable: string;
  /** Without the text itself. */
  readonly evidence: Evidence;
}

export interface HistoryFacts {
  readonly found: readonly FoundCredential[];
  /** Why not all of the history was searched; null: all was. */
  readonly cutOff: string | null;
  /** What would let all of it be searched. */
  readonly prove?: string;
}

export interface EnvironmentNameFacts {
  readonly branches: readonly Branch[];
  readonly unread: readonly string[];
}

export interface Branch {
  readonly variable: string;
  readonly use: 'compared' | 'switched' | 'index' | 'file-name';
  readonly values: readonly string[];
  readonly evidence: Evidence;
}

export interface DeclarationFacts {
  /** Variables that the code names, each where it does first. */
  readonly read: readonly { readonly name: string; readonly evidence: Evidence }[];
  /** Names that are declared, by a file of the app or by the scenario. */
  readonly declared: readonly string[];
  /** Where the environment is handed on as a whole or read by a name made at run time. */
  readonly passedOn: readonly Evidence[];
  readonly unread: readonly string[];
}

const source = 'https://12factor.net/config';

export const hasNoCredentialsInCode: Probe<CredentialFacts> = {
  id: 'config/has-no-credentials-in-code',
  statement: 'Has no credentials in its code',
  method: 'source',
  why: 'Whoever can read the code can use them, and they cannot be changed without a new build',
  source,
  how: 'Search every text file of the commit with the rules of secretlint, and env files (.env, .env.production, prod.env …) for values of variables that are named as secrets are. Parse the code, and look for texts that stand in, by || or ?? or as a default, for a variable that is named as secrets are',
  blind:
    'It knows credentials by their form: keys and tokens of known services, private keys, addresses with a password. A password ' +
    'without such a form is noticed only beside a variable whose name ends as that of a secret does (SECRET, PASSWORD, TOKEN, KEY …): in an env file, where it has 6 characters or more, of a ' +
    'KEY or TOKEN letters and digits, is no word such as changeme and begins with none such as dev or local, and the file’s name does not say that it is an example, for tests or for CI; or where it stands in for such a variable in ' +
    'JavaScript and TypeScript, within one file, and not where a library is given the default. That the code keeps the text from production, by the name of an environment or by a ' +
    'check elsewhere, is no excuse: a deploy of another name runs with it. Empty texts, words for none, addresses and paths of files do not count. In tests, documents and examples, private keys, addresses with passwords and env files are taken for made up, as ' +
    'are those of localhost and example.com everywhere. Binary files, lockfiles, installed packages and files over 8 MiB are not searched',
  mend: 'Revoke the credential, take it out of the code, and read it from a variable',
  fixes: {
    javascript:
      'import { env } from "node:process";\n\nconst key = env.STRIPE_KEY;\nif (!key) throw new Error("STRIPE_KEY is not set");',
    python: 'import os\n\nkey = os.environ["STRIPE_KEY"]',
    ruby: 'key = ENV.fetch("STRIPE_KEY")\nStripe.api_key = key',
  },
  judge: ({ found, fallbacks, unread }) => {
    const all = [...found, ...(fallbacks ?? [])];
    if (some(all))
      return broken(
        [
          ...(some(found) ? [sentence(found, 'in the code')] : []),
          ...(some(fallbacks ?? []) ? [fallbackSentence(fallbacks ?? [])] : []),
        ].join('; '),
        evidenceOf(all),
        some(found)
          ? undefined
          : 'Take the text out and end with an error when the variable is not set; where the text was in use, change the secret',
      );
    if (some(unread)) return unproven(`Not all files could be searched: ${unread.slice(0, 3).join('; ')}`);
    const none = 'No credential of a known form stands in any file of text';
    return holds(fallbacks === null ? none : `${none}, and no text stands in for a secret that is not set`);
  },
};

export const hasNoCredentialsInHistory: Probe<HistoryFacts> = {
  id: 'config/has-no-credentials-in-history',
  statement: 'Has no credentials in earlier commits',
  method: 'source',
  why: 'What was committed once is in every clone, whatever the newest commit says',
  source,
  how: 'Search every line that a commit of the history added, and that the checked commit has no more, with the rules of secretlint, and those of env files for values of variables that are named as secrets are',
  blind:
    'It knows credentials by their form, and secrets of env files by their names, as the search of the code does. It follows the history of the checked commit within the app’s folder, up to ' +
    'a limit of bytes and of time; other branches, and lines that only a merge brought in, are not searched',
  mend: 'Revoke the credential. Taking it out of the history as well does not call back the clones',
  fixes: {
    javascript:
      'git filter-repo --replace-text <(echo "OLD_KEY==>removed")\n// and, in the code\nconst key = env.API_KEY;',
    python:
      'git filter-repo --replace-text <(echo "OLD_KEY==>removed")\n# and, in the code\nkey = os.environ["API_KEY"]',
    ruby: 'git filter-repo --replace-text <(echo "OLD_KEY==>removed")\n# and, in the code\nkey = ENV.fetch("API_KEY")',
  },
  judge: ({ found, cutOff, prove }) => {
    if (some(found)) return broken(sentence(found, 'in earlier commits'), evidenceOf(found));
    if (cutOff !== null) return unproven(cutOff, prove);
    return holds('No credential of a known form stands in what earlier commits added');
  },
};

export const doesNotBranchOnEnvironmentNames: Probe<EnvironmentNameFacts> = {
  id: 'config/does-not-branch-on-environment-names',
  statement: 'Does not branch on the name of an environment',
  method: 'source',
  why: 'Config in named groups does not scale: each new deploy needs a new name in the code, and no deploy is like another',
  source,
  how: 'Parse the code and look for NODE_ENV and its like where they are compared, switched on, or choose an entry or a file',
  blind:
    'It reads JavaScript and TypeScript, each file by itself. Within a file it follows the names, properties and constants that a value is given to; ' +
    'what is exported to another file under another name, passed to a function, or returned by one is not followed, nor is what a ' +
    'library makes of NODE_ENV. import.meta.env, which a bundler replaces, is left out',
  mend: 'Give each difference a variable of its own, that says what is to be done and not where',
  fixes: {
    javascript:
      'import { env } from "node:process";\n\n// not: env.NODE_ENV === "production"\nconst secure = env.COOKIE_SECURE !== "false";',
    python:
      '# not: os.environ["APP_ENV"] == "production"\nsecure = os.environ.get("COOKIE_SECURE", "true") == "true"',
    ruby: "# not: ENV['RACK_ENV'] == 'production'\nsecure = ENV.fetch('COOKIE_SECURE', 'true') == 'true'",
  },
  judge: ({ branches, unread }) => {
    if (some(branches)) return broken(branchSentence(branches), evidenceOf(branches));
    if (some(unread)) return notInFull(unread);
    return holds("The name of an environment decides nothing in the app's code");
  },
};

export const declaresItsVariables: Probe<DeclarationFacts> = {
  id: 'config/declares-its-variables',
  statement: 'Declares the variables that its code names',
  method: 'source',
  why: 'A variable that nobody declared is found out about when a deploy fails without it',
  source,
  how: 'Parse the code, list the variables it reads by name, and look for each in app.json, .env.example and the scenario',
  blind:
    'It reads JavaScript and TypeScript. A name that is made at run time, or read by a library, is not seen. Where the environment is handed on as ' +
    'a whole, names in capitals read from objects and by functions called env count as its variables. What every platform gives, ' +
    'such as PORT and HOME, needs no declaration',
  mend: 'Name the variable in app.json, with what it is for',
  fixes: {
    javascript:
      '// app.json\n{\n  "env": {\n    "MAIL_FROM": { "description": "Sender of all mail.", "required": true }\n  }\n}',
    python:
      '# app.json\n{\n  "env": {\n    "MAIL_FROM": { "description": "Sender of all mail.", "required": true }\n  }\n}',
    ruby: '# app.json\n{\n  "env": {\n    "MAIL_FROM": { "description": "Sender of all mail.", "required": true }\n  }\n}',
  },
  judge: ({ read, declared, passedOn, unread }) => {
    const known = new Set(declared);
    const missing = read.filter(({ name }) => !known.has(name) && !isGiven(name));
    if (some(missing)) return broken(`${names(missing)} read and not declared`, evidenceOf(missing));
    if (some(unread)) return notInFull(unread);
    if (read.length === 0 && passedOn.length > 0) {
      return unproven('The environment is handed on as a whole, and no variable is read by its name');
    }
    if (read.length === 0) return notApplicable("The app's code reads no variable");
    const said = read.length === 1 ? 'The one variable' : `All ${read.length} variables`;
    return holds(
      `${said} that the code names ${read.length === 1 ? 'is' : 'are'} declared or given by every platform`,
    );
  },
};

export const sourceProbes = [
  hasNoCredentialsInCode,
  hasNoCredentialsInHistory,
  doesNotBranchOnEnvironmentNames,
  declaresItsVariables,
] as const;

const given = new Set(
  (
    'PORT NODE_ENV NODE_OPTIONS NODE_DEBUG NODE_EXTRA_CA_CERTS HOME PATH TZ LANG LANGUAGE USER LOGNAME SHELL PWD TERM COLUMNS LINES ' +
    'TMPDIR TEMP TMP HOSTNAME DYNO CI DEBUG NO_COLOR FORCE_COLOR HTTP_PROXY HTTPS_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR EDITOR VISUAL ' +
    'NODE_PATH USERNAME USERPROFILE APPDATA LOCALAPPDATA'
  ).split(' '),
);

const isGiven = (name: string): boolean =>
  given.has(name) || /^(?:LC_|XDG_|npm_|NPM_|HEROKU_|DOZEN_)/.test(name) || name !== name.toUpperCase();

function branchSentence(branches: readonly [Branch, ...Branch[]]): string {
  const [{ variable, use, values }] = branches;
  const what = {
    compared: `is compared with ${values.join(', ')}`,
    switched: `is switched on, with cases for ${values.join(', ')}`,
    index: 'chooses a group of settings',
    'file-name': 'chooses a file',
  }[use];
  const more = branches.length - 1;
  const rest =
    more === 0 ? '' : `, and there ${more === 1 ? 'is one more place' : `are ${more} more places`} like it`;
  return `${variable} ${what}${rest}`;
}

const notInFull = (unread: readonly string[]) =>
  unproven(`The app's code was not read in full: ${unread.slice(0, 3).join('; ')}`);

function names(missing: readonly { readonly name: string }[]): string {
  const shown = missing.slice(0, 5).map(({ name }) => name);
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : '';
  return `${shown.join(', ')}${more} ${missing.length === 1 ? 'is' : 'are'}`;
}

function sentence(found: readonly FoundCredential[], where: string): string {
  const whats = [...new Set(found.map(({ what }) => what))];
  const more = whats.length > 3 ? ` and ${whats.length - 3} other kinds` : '';
  const text = `${whats.slice(0, 3).join(', ')}${more} ${whats.length === 1 ? 'stands' : 'stand'} ${where}`;
  const times = found.length > whats.length ? `, at ${found.length} places` : '';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${times}`;
}

function fallbackSentence(fallbacks: readonly SecretFallback[]): string {
  const variables = [...new Set(fallbacks.map(({ variable }) => variable))];
  const more = variables.length > 3 ? ` and ${variables.length - 3} more` : '';
  return `A text in the code is used when ${variables.slice(0, 3).join(', ')}${more} ${variables.length === 1 ? 'is' : 'are'} not set`;
}

function evidenceOf(
  found: readonly [{ readonly evidence: Evidence }, ...{ readonly evidence: Evidence }[]],
): [Evidence, ...Evidence[]] {
  const [first, ...rest] = found;
  return [first.evidence, ...rest.slice(0, 19).map(({ evidence }) => evidence)];
}
