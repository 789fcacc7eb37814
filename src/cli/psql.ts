/** A session with a PostgreSQL database: `psql` where the machine has it, else Dozen's own prompt. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { userError } from '../base/error.ts';

export interface PsqlSession {
  /** Holds a password. */
  readonly url: string;
  /** Of psql. */
  readonly args: readonly string[];
}

/** Resolves with its exit code. @throws PSQL_MISSING when it is given arguments and is not there */
export async function runPsql({ url, args }: PsqlSession): Promise<number> {
  if (!/^postgres(ql)?:\/\//i.test(url)) throw notSql();
  const child = spawn('psql', [...args], { stdio: 'inherit', env: { ...process.env, ...variablesOf(url) } });
  // Ctrl-C is psql's: it ends a query, not the session.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    if (args.length > 0) throw missing();
    return await ownPrompt(url);
  } finally {
    process.off('SIGINT', ignore);
  }
}

async function ownPrompt(url: string): Promise<number> {
  const { runSqlPrompt } = await import('./sql-prompt.ts');
  const { stdin, stdout } = process;
  return runSqlPrompt({ url, input: stdin, output: stdout, isTerminal: stdin.isTTY === true });
}

/** What libpq reads: nothing of it is on a command line. */
function variablesOf(text: string): Record<string, string> {
  const url = new URL(text);
  const given = {
    PGHOST: url.hostname,
    PGPORT: url.port,
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: decodeURIComponent(url.pathname.slice(1)),
    PGSSLMODE: url.searchParams.get('sslmode') ?? '',
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
}

function notSql(): Error {
  return userError('SERVICE_NOT_SQL', 'Cannot open a SQL prompt: the URL is none of PostgreSQL', {
    hint: 'dozen services lists the kinds; postgres has one',
  });
}

function missing(): Error {
  return userError('PSQL_MISSING', 'Cannot run psql with arguments: it is not on this machine', {
    hint: 'Install it (apt-get install postgresql-client), or leave the arguments out for a prompt of Dozen',
  });
}
