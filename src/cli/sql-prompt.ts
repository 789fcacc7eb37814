/**
 * A prompt for SQL on machines without psql: statements end with `;`, answers are aligned tables, a few backslash commands. On a
 * terminal an error is shown and one goes on; from a pipe the first one ends it.
 */
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import pg, { type Client, escapeLiteral } from 'pg';
import { type DozenError, userError } from '../base/error.ts';
import { oidQuestion, type Question, relationQuestions, relationsQuestion } from './sql-describe.ts';
import { type Answer, cancelQuery, runQuery } from './sql-query.ts';
import { type StatementReader, statementReader } from './sql-statements.ts';
import { formatTable, harmless } from './sql-table.ts';

export interface SqlPrompt {
  /** `postgres://…`: holds a password, and is never shown. */
  readonly url: string;
  readonly input: Readable;
  readonly output: Writable;
  /** Whether somebody types: with a prompt, history and errors that end nothing. */
  readonly isTerminal: boolean;
}

/**
 * Resolves with an exit code: 1 when a statement from a pipe failed or the connection was lost.
 * @throws DATABASE_UNREACHABLE
 */
export async function runSqlPrompt({ url, input, output, isTerminal }: SqlPrompt): Promise<number> {
  const client = await connectTo(url);
  const lines = createInterface({ input, output: isTerminal ? output : undefined, terminal: isTerminal });
  const session: Session = {
    client,
    lines,
    statements: statementReader(),
    isTerminal,
    write: (text) => void output.write(text),
    state: { isBusy: false, isLost: false },
  };
  client.on('notice', (notice) => session.write(`NOTICE:  ${harmless(notice.message ?? '')}\n`));
  client.on('error', (error) => lose(session, error));
  lines.on('SIGINT', () => void interrupt(session));
  try {
    return await readAll(session);
  } finally {
    lines.close();
    if (!session.state.isLost) await client.end();
  }
}

interface Session {
  readonly client: Client;
  readonly lines: Interface;
  readonly statements: StatementReader;
  readonly isTerminal: boolean;
  readonly write: (text: string) => void;
  readonly state: { isBusy: boolean; isLost: boolean };
}

type Outcome = 'well' | 'failed' | 'quit';

async function connectTo(url: string): Promise<Client> {
  if (!/^postgres(ql)?:\/\//i.test(url)) throw unreachable('its URL is none of PostgreSQL');
  try {
    const client = new pg.Client({ connectionString: url, application_name: 'dozen' });
    await client.connect();
    return client;
  } catch (error) {
    throw unreachable((error as Error).message || 'it does not answer', error);
  }
}

function unreachable(why: string, cause?: unknown): DozenError {
  return userError('DATABASE_UNREACHABLE', `Cannot reach the database: ${why}`, {
    hint: "Look at the service's last lines in the log, or set its variable to another URL",
    cause,
  });
}

async function readAll(session: Session): Promise<number> {
  const { lines, isTerminal, statements, state } = session;
  if (isTerminal) session.write('Statements end with ";". \\? lists the commands, \\q leaves.\n');
  ask(session);
  for await (const line of lines) {
    const outcome = await takeLine(session, line);
    if (outcome === 'quit') return 0;
    if (state.isLost || (outcome === 'failed' && !isTerminal)) return 1;
    ask(session);
  }
  const rest = isTerminal ? null : statements.end();
  const outcome = rest === null ? 'well' : await runStatement(session, rest);
  return outcome === 'failed' || state.isLost ? 1 : 0;
}

function ask({ lines, client, statements, isTerminal }: Session): void {
  if (!isTerminal) return;
  const mark = { I: '', T: '*', E: '!' }[(client as unknown as Transaction).getTransactionStatus() ?? 'I'];
  lines.setPrompt(`${harmless(client.database ?? '')}${mark}${statements.isOpen ? '-' : '='}> `);
  lines.prompt();
}

/** Of pg's client since 8.17; its types leave it out. */
interface Transaction {
  getTransactionStatus(): 'I' | 'T' | 'E' | null;
}

async function takeLine(session: Session, line: string): Promise<Outcome> {
  const { statements } = session;
  if (!statements.isOpen && line.trimStart().startsWith('\\')) return runCommand(session, line.trim());
  for (const statement of statements.push(`${line}\n`)) {
    const outcome = await runStatement(session, statement);
    if (outcome === 'failed') {
      statements.clear();
      return outcome;
    }
  }
  return 'well';
}

async function runStatement(session: Session, text: string): Promise<Outcome> {
  const { client, write } = session;
  const onCopied = (copied: string): void => write(copied.replaceAll(/[^\n\t]+/g, harmless));
  return attempt(session, text, async () => {
    for (const answer of await runQuery(client, text, { onCopied })) write(formatAnswer(answer));
    return 'well';
  });
}

async function attempt(session: Session, text: string, work: () => Promise<Outcome>): Promise<Outcome> {
  const { state, write } = session;
  state.isBusy = true;
  try {
    return await work();
  } catch (error) {
    if (isOfServer(error)) write(formatError(error, text));
    else lose(session, error as Error);
    return 'failed';
  } finally {
    state.isBusy = false;
  }
}

function formatAnswer({ columns, rows, tag }: Answer): string {
  const table = columns === null ? '' : formatTable(columns, rows);
  const isTold = columns !== null && /^(SELECT|SHOW|EXPLAIN|FETCH)\b/.test(tag ?? '');
  return isTold || tag === null ? table : `${table}${harmless(tag)}\n`;
}

interface ServerError extends Error {
  readonly severity: string;
  readonly detail?: string;
  readonly hint?: string;
  /** Counted in characters, from 1. */
  readonly position?: string;
}

function isOfServer(error: unknown): error is ServerError {
  return typeof (error as { readonly severity?: unknown }).severity === 'string';
}

function formatError({ severity, message, detail, hint, position }: ServerError, text: string): string {
  const lines = [
    `${severity}:  ${harmless(message)}`,
    ...(position === undefined ? [] : pointAt(text, Number(position))),
    ...(detail === undefined ? [] : [`DETAIL:  ${harmless(detail)}`]),
    ...(hint === undefined ? [] : [`HINT:  ${harmless(hint)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** The line of the text at which the server stopped, and a mark below the character. */
function pointAt(text: string, position: number): readonly string[] {
  const before = [...text].slice(0, position - 1).join('');
  const number = before.split('\n').length;
  const line = text.split('\n')[number - 1] ?? '';
  const column = harmless(before.slice(before.lastIndexOf('\n') + 1)).length;
  const label = `LINE ${number}: `;
  return [`${label}${harmless(line)}`, `${' '.repeat(label.length + column)}^`];
}

const help = `Statements end with ";" and may go over several lines.
  \\dt       tables
  \\d        tables, views and sequences
  \\d NAME   columns, indexes and constraints of one
  \\q        leave
  \\?        this
Ctrl-C forgets what was begun, or ends what the server is doing.
`;

async function runCommand(session: Session, line: string): Promise<Outcome> {
  const [, command = '', name = ''] = /^(\\\S*)\s*(.*?)\s*;?$/s.exec(line) ?? [];
  switch (command) {
    case '\\q':
      return 'quit';
    case '\\?':
      session.write(help);
      return 'well';
    case '\\dt':
      return attempt(session, '', () => show(session, [relationsQuestion('rp')]));
    case '\\d':
      return attempt(session, '', () =>
        name === '' ? show(session, [relationsQuestion('rpvmSf')]) : describe(session, name),
      );
    default:
      session.write(`Unknown command ${harmless(command)}: \\? lists those there are\n`);
      return 'failed';
  }
}

async function describe(session: Session, name: string): Promise<Outcome> {
  const [answer] = await runQuery(session.client, oidQuestion(escapeLiteral(name)), quiet);
  const oid = answer?.rows[0]?.[0] ?? null;
  if (oid !== null) return show(session, relationQuestions(oid));
  session.write(`There is no relation ${harmless(name)}: \\d lists those there are\n`);
  return 'failed';
}

const quiet = { onCopied: (): void => undefined };

async function show(session: Session, questions: readonly Question[]): Promise<Outcome> {
  for (const { title, text, isShownEmpty } of questions) {
    const [answer] = await runQuery(session.client, text, quiet);
    if (!answer?.columns || (answer.rows.length === 0 && !isShownEmpty)) continue;
    session.write(`${title}\n${formatTable(answer.columns, answer.rows)}`);
  }
  return 'well';
}

/** What the server is doing is ended; else what was begun is forgotten. */
async function interrupt(session: Session): Promise<void> {
  const { client, lines, statements, state, write } = session;
  if (state.isBusy)
    return cancelQuery(client).catch((error: unknown) => write(`${(error as Error).message}\n`));
  statements.clear();
  write('\n');
  lines.write(null, { ctrl: true, name: 'u' });
  ask(session);
}

function lose({ state, write, lines }: Session, error: Error): void {
  if (state.isLost) return;
  state.isLost = true;
  write(`The connection was lost: ${harmless(error.message)}\n`);
  lines.close();
}
