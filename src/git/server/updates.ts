/** What a push asks for, and which part of it is deployed. */
export interface RefUpdate {
  readonly ref: string;
  /** Null: there was none. */
  readonly before: string | null;
  /** Null: it is to be deleted. */
  readonly after: string | null;
}

export interface Question {
  readonly updates: readonly RefUpdate[];
  readonly pushOptions: readonly string[];
  readonly quarantine: string | null;
}

export interface Sorted {
  /** What is to be deployed, if anything. */
  readonly deploy: (RefUpdate & { readonly after: string }) | null;
  /** Why the others are refused, by ref. */
  readonly reasons: ReadonlyMap<string, string>;
}

const deployed = new Set(['refs/heads/main', 'refs/heads/master']);

/**
 * Parses what the pre-receive hook sends: its environment, each entry ended by a zero byte; an empty entry; the updates, a line
 * each; a zero byte.
 */
export function parseQuestion(text: string): Question {
  const end = text.indexOf('\0\0');
  const environment = new Map(text.slice(0, end).split('\0').map(splitAtFirst('=')));
  const count = Number(environment.get('GIT_PUSH_OPTION_COUNT') ?? 0);
  const updates = text
    .slice(end + 2, -1)
    .split('\n')
    .filter(Boolean)
    .map(parseUpdate);
  return {
    updates,
    pushOptions: Array.from({ length: count }, (_, at) => environment.get(`GIT_PUSH_OPTION_${at}`) ?? ''),
    quarantine: environment.get('GIT_QUARANTINE_PATH') ?? null,
  };
}

export function sortOut(updates: readonly RefUpdate[]): Sorted {
  const deploys = updates.filter(({ ref }) => deployed.has(ref));
  const [first] = deploys;
  const one = deploys.length === 1 && first?.after != null ? { ...first, after: first.after } : null;
  const others = updates.filter(({ ref }) => ref !== one?.ref);
  return { deploy: one, reasons: new Map(others.map((update) => [update.ref, reasonOf(update)])) };
}

function reasonOf({ ref, after }: RefUpdate): string {
  if (ref.startsWith('refs/tags/')) return 'a tag is not deployed, type: git push dozen HEAD:main';
  if (!deployed.has(ref)) return 'only main or master is deployed, type: git push dozen HEAD:main';
  if (after === null) return 'what is deployed cannot be deleted, type: git push dozen HEAD:main';
  return 'main and master are deployed one at a time, type: git push dozen HEAD:main';
}

function parseUpdate(line: string): RefUpdate {
  const [before = '', after = '', ...ref] = line.split(' ');
  return { ref: ref.join(' '), before: nameOrNull(before), after: nameOrNull(after) };
}

function nameOrNull(object: string): string | null {
  return /^0+$/.test(object) ? null : object;
}

function splitAtFirst(mark: string): (text: string) => [string, string] {
  return (text) => {
    const at = text.indexOf(mark);
    return [text.slice(0, at), text.slice(at + 1)];
  };
}
