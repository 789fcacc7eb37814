/**
 * Cuts what is typed into statements: at each `;` that is not in a string, a name in quotes, a comment, a pair of parentheses or the
 * body of a function in SQL (`BEGIN ATOMIC … END`). The rules are those of PostgreSQL with `standard_conforming_strings` on.
 */
export interface StatementReader {
  /** The statements that end in these lines, each with its `;`. Whole lines, with their ends: no token goes over two. */
  push(lines: string): readonly string[];
  /** Whether a statement has begun. */
  readonly isOpen: boolean;
  /** What is left unended; null when that says nothing. */
  end(): string | null;
  /** Forgets what was begun. */
  clear(): void;
}

type Inside =
  | { readonly kind: 'code' | 'name' | 'line comment' }
  | { readonly kind: 'string'; readonly escapes: boolean }
  | { readonly kind: 'dollars'; readonly tag: string }
  | { readonly kind: 'comment'; readonly depth: number };

interface State {
  held: string;
  /** How far `held` was looked at. */
  at: number;
  inside: Inside;
  parentheses: number;
  /** Of `BEGIN` and `CASE` that wait for their `END`, in the body of a function. */
  blocks: number;
  /** The first words, in capitals: they tell a function. */
  words: string[];
  /** Whether anything but space and comments was seen. */
  begun: boolean;
}

export function statementReader(): StatementReader {
  let state = fresh();
  return {
    push(lines) {
      state.held += lines;
      const ended: string[] = [];
      for (let end = nextEnd(state); end !== null; end = nextEnd(state)) {
        ended.push(state.held.slice(0, end).trim());
        state = { ...fresh(), held: state.held.slice(end) };
      }
      return ended;
    },
    get isOpen() {
      return state.begun || state.inside.kind === 'comment';
    },
    end() {
      const { begun, held } = state;
      state = fresh();
      return begun ? held.trim() : null;
    },
    clear() {
      state = fresh();
    },
  };
}

function fresh(): State {
  return { held: '', at: 0, inside: { kind: 'code' }, parentheses: 0, blocks: 0, words: [], begun: false };
}

/** Just behind the `;` that ends the statement; null when there is none yet. */
function nextEnd(state: State): number | null {
  while (state.at < state.held.length) {
    const isEnd = state.inside.kind === 'code' && isStatementEnd(state);
    const { inside, at } = state.inside.kind === 'code' ? readToken(state) : leave(state);
    state.inside = inside;
    state.at = at;
    if (isEnd) return at;
  }
  return null;
}

function isStatementEnd({ held, at, parentheses, blocks }: State): boolean {
  return held[at] === ';' && parentheses === 0 && blocks === 0;
}

interface Move {
  readonly inside: Inside;
  readonly at: number;
}

const code: Inside = { kind: 'code' };
const word = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const dollarTag = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;

function readToken(state: State): Move {
  const { held, at } = state;
  const [character = '', two] = [held[at], held.slice(at, at + 2)];
  if (two === '--') return { inside: { kind: 'line comment' }, at: at + 2 };
  if (two === '/*') return { inside: { kind: 'comment', depth: 1 }, at: at + 2 };
  if (!/\s/.test(character)) state.begun = true;
  if (/^e'$/i.test(two)) return { inside: { kind: 'string', escapes: true }, at: at + 2 };
  if (character === "'") return { inside: { kind: 'string', escapes: false }, at: at + 1 };
  if (character === '"') return { inside: { kind: 'name' }, at: at + 1 };
  const tag = character === '$' ? matchAt(dollarTag, state) : null;
  if (tag !== null) return { inside: { kind: 'dollars', tag }, at: at + tag.length };
  const found = matchAt(word, state);
  if (found !== null) noteWord(state, found.toUpperCase());
  if (character === '(') state.parentheses += 1;
  if (character === ')') state.parentheses = Math.max(0, state.parentheses - 1);
  return { inside: code, at: at + (found ?? character).length };
}

function matchAt(pattern: RegExp, { held, at }: State): string | null {
  pattern.lastIndex = at;
  return pattern.exec(held)?.[0] ?? null;
}

function noteWord(state: State, found: string): void {
  if (state.words.length < 4) state.words.push(found);
  if (!/^CREATE (OR REPLACE )?(FUNCTION|PROCEDURE)\b/.test(state.words.join(' '))) return;
  if (found === 'BEGIN' || (found === 'CASE' && state.blocks > 0)) state.blocks += 1;
  if (found === 'END' && state.blocks > 0) state.blocks -= 1;
}

/** To the end of what is no code, or as far as there is text. */
function leave({ inside, held, at }: State): Move {
  switch (inside.kind) {
    case 'line comment':
      return behind('\n', { inside, held, at });
    case 'name':
      return behind('"', { inside, held, at });
    case 'dollars':
      return behind(inside.tag, { inside, held, at });
    case 'string':
      // A doubled quote ends one string and begins the next, which comes to the same.
      return inside.escapes ? leaveEscapes({ inside, held, at }) : behind("'", { inside, held, at });
    case 'comment':
      return leaveComment(inside.depth, { inside, held, at });
    case 'code':
      return { inside, at };
  }
}

type Text = Pick<State, 'inside' | 'held' | 'at'>;

function behind(end: string, { inside, held, at }: Text): Move {
  const index = held.indexOf(end, at);
  return index === -1 ? { inside, at: held.length } : { inside: code, at: index + end.length };
}

const escaped = /(?:\\[\s\S]|''|[^'\\])*/y;

function leaveEscapes({ inside, held, at }: Text): Move {
  escaped.lastIndex = at;
  const end = at + (escaped.exec(held)?.[0].length ?? 0);
  return held[end] === "'" ? { inside: code, at: end + 1 } : { inside, at: held.length };
}

function leaveComment(depth: number, { inside, held, at }: Text): Move {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = at;
  const found = mark.exec(held);
  if (found === null) return { inside, at: held.length };
  const now = found[0] === '/*' ? depth + 1 : depth - 1;
  return { inside: now === 0 ? code : { kind: 'comment', depth: now }, at: found.index + 2 };
}
