/** What a program's code says, each with the place where it says it. Plain data. */
export type Question = 'imports' | 'variables' | 'environment-names' | 'locators' | 'secret-fallbacks';

export interface Place {
  /** Relative to the tree, with slashes. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The line itself, shortened, without passwords. */
  readonly text: string;
}

export type Hit = ImportHit | VariableHit | PassedOnHit | EnvironmentNameHit | LocatorHit | SecretFallbackHit;

export interface ImportHit {
  readonly kind: 'import';
  readonly specifier: string;
  /** Whether the program goes without it: the import stands in a `try` that has a `catch`. */
  readonly optional: boolean;
  /** Whether nothing of it is left when the program runs. */
  readonly typeOnly: boolean;
  readonly at: Place;
}

/** A variable read by its name. */
export interface VariableHit {
  readonly kind: 'variable';
  readonly name: string;
  readonly hasDefault: boolean;
  /** `environment`: the process's own. `likely`: an object or a function that is called after it. */
  readonly through: 'environment' | 'likely';
  readonly at: Place;
}

/** The environment as a whole is handed to something: names may be read where this file does not show it. */
export interface PassedOnHit {
  readonly kind: 'environment-passed-on';
  readonly at: Place;
}

export interface EnvironmentNameHit {
  readonly kind: 'environment-name';
  readonly variable: string;
  readonly use: 'compared' | 'switched' | 'index' | 'file-name';
  /** The names it is compared with. */
  readonly values: readonly string[];
  readonly at: Place;
}

export interface LocatorHit {
  readonly kind: 'locator';
  /** Where it leads, without user and password: `postgres://localhost:5432`. */
  readonly target: string;
  /** The variable that it stands in for when that is not set; null: nothing comes before it. */
  readonly fallbackOf: string | null;
  readonly at: Place;
}

/** A text that stands in for a variable that is named as secrets are. */
export interface SecretFallbackHit {
  readonly kind: 'secret-fallback';
  readonly variable: string;
  /** Its line, without the text. */
  readonly at: Place;
}

/** Characters of a line that evidence keeps. */
const lineLimit = 160;

/** A line as evidence shows it: one that carries a password shows none. */
export function shown(line: string): string {
  const text = line
    .slice(0, 4096)
    .trim()
    .replace(/(:\/\/[^\s:/@'"`]{0,200}:)[^\s@'"`]{1,500}@/g, '$1********@')
    .replace(
      /((?:passw(?:or)?d|passphrase|pwd|secret|token|api_?key|private_?key)\w{0,40}['"]?\s{0,9}[:=]\s{0,9})(['"`])[^'"`]{1,2000}(['"`]|$)/gi,
      '$1$2********$2',
    );
  return text.length > lineLimit ? `${text.slice(0, lineLimit - 1)}…` : text;
}
