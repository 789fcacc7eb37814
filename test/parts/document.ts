/**
 * A document's commands and what it says they print, in the order of its text.
 *
 * ~~~
 * <!-- begins with: shop -->        the apps that there are, deployed; "code of shop": its checkout alone; "nothing"
 * <!-- before: COMMAND -->          run before the next block, and not shown
 * <!-- types: WORDS -->             the next block's standard input
 * <!-- fails -->                    the next block's last command ends with another exit code than 0
 * <!-- streams -->                  it goes on: ended once it has printed what is shown
 * <!-- run by: test/FILE -->        another test runs the next block
 * <!-- not run: REASON -->          nothing runs it
 * ```sh … ```                       a command a line; "\" at its end goes on
 * ```text … ```                     right behind it: what that printed; "…" on a line of its own is any number of lines
 * ~~~
 */
export interface Document {
  /** Null: the document does not say, and is not run. */
  readonly beginsWith: readonly string[] | null;
  readonly blocks: readonly Block[];
}

export interface Block {
  /** Of its first command. */
  readonly line: number;
  readonly before: readonly string[];
  readonly commands: readonly string[];
  readonly input: string;
  readonly ends: 'well' | 'badly' | 'when shown';
  /** A test's file or a reason. */
  readonly elsewhere: { readonly runBy: string } | { readonly notRun: string } | null;
  /** Null: the document does not show it. */
  readonly prints: readonly string[] | null;
}

interface Fence {
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

type Mark = readonly [name: string, value: string];

export function parseDocument(markdown: string): Document {
  const blocks: Block[] = [];
  let beginsWith: readonly string[] | null = null;
  let marks: Mark[] = [];
  let behindShell = false;
  for (const piece of piecesOf(markdown)) {
    if ('text' in piece && piece.language === 'sh') {
      blocks.push(blockOf(piece, marks));
      marks = [];
      behindShell = true;
      continue;
    }
    if ('text' in piece && behindShell && ['', 'text'].includes(piece.language)) {
      const last = blocks.pop();
      if (last !== undefined) blocks.push({ ...last, prints: piece.text.split('\n') });
    } else if ('mark' in piece && piece.mark[0] === 'begins with') {
      beginsWith = piece.mark[1] === 'nothing' ? [] : piece.mark[1].split(', ');
    } else if ('mark' in piece) marks.push(piece.mark);
    behindShell = false;
  }
  if (marks.length > 0) throw new Error(`nothing follows the comment ${JSON.stringify(marks[0]?.[0])}`);
  return { beginsWith, blocks };
}

const names = ['begins with', 'before', 'types', 'fails', 'streams', 'run by', 'not run'];

/** Fences, comments for the runner, and whatever else is neither empty nor one of them. */
function* piecesOf(
  markdown: string,
): Generator<Fence | { readonly mark: Mark } | { readonly prose: string }> {
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const language = /^```(\w*)$/.exec(line)?.[1];
    const [, name = '', value = ''] = /^<!-- ([a-z ]+?)(?:: (.+?))? -->$/.exec(line) ?? [];
    if (language !== undefined) {
      const end = lines.indexOf('```', at + 1);
      if (end === -1) throw new Error(`line ${at + 1}: the block does not end`);
      yield { line: at + 2, language, text: lines.slice(at + 1, end).join('\n') };
      at = end;
    } else if (name !== '') {
      if (!names.includes(name))
        throw new Error(`line ${at + 1}: there is no comment ${JSON.stringify(name)}`);
      yield { mark: [name, value] };
    } else if (line !== '') yield { prose: line };
  }
}

function blockOf({ line, text }: Fence, marks: readonly Mark[]): Block {
  const marked = (name: string): string | undefined => marks.find(([each]) => each === name)?.[1];
  const runBy = marked('run by');
  const notRun = marked('not run');
  const ends =
    marked('streams') !== undefined ? 'when shown' : marked('fails') !== undefined ? 'badly' : 'well';
  return {
    line,
    before: marks.filter(([name]) => name === 'before').map(([, command]) => command),
    commands: text.replaceAll('\\\n', '').split('\n'),
    input: marks
      .filter(([name]) => name === 'types')
      .map(([, words]) => `${words}\n`)
      .join(''),
    ends,
    elsewhere: runBy !== undefined ? { runBy } : notRun !== undefined ? { notRun } : null,
    prints: null,
  };
}
