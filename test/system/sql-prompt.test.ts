import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { runSqlPrompt } from '../../src/cli/sql-prompt.ts';
import { postgresProvider } from '../../src/services/postgres/postgres.ts';
import { openServiceBench, type ServiceBench } from '../parts/service-bench.ts';

interface Said {
  readonly code: number;
  readonly output: string;
}

describe('the SQL prompt', { timeout: 120_000 }, () => {
  let bench: ServiceBench;
  let url: string;

  before(async () => {
    bench = await openServiceBench(mkdtempSync(path.join(tmpdir(), 'dozen-sql-')), postgresProvider);
    const service = bench.service('sample');
    const host = bench.host(service);
    await postgresProvider.create(service, host);
    url = (await postgresProvider.attach(service, host, 'app')).reveal();
  });
  after(() => bench.close());

  async function pipe(input: string): Promise<Said> {
    const output = new PassThrough();
    const said = text(output);
    const code = await runSqlPrompt({ url, input: Readable.from([input]), output, isTerminal: false });
    output.end();
    return { code, output: await said };
  }

  test('statements from a pipe are run, the last one also without its end', async () => {
    const { code, output } = await pipe(`
      CREATE TABLE people (id integer PRIMARY KEY, name text NOT NULL DEFAULT 'x;y');
      INSERT INTO people VALUES (1, 'Ada'), (20, $$Grace; "Hopper"$$);
      SELECT id, name,
        null AS nothing FROM people ORDER BY id;
      UPDATE people SET name = 'Ada L.' WHERE id = 1 RETURNING name;
      SELECT 1 AS one`);
    assert.equal(
      output,
      [
        'CREATE TABLE',
        'INSERT 0 2',
        ' id |      name       | nothing',
        '----+-----------------+---------',
        '  1 | Ada             |',
        ' 20 | Grace; "Hopper" |',
        '(2 rows)',
        '',
        '  name',
        '--------',
        ' Ada L.',
        '(1 row)',
        '',
        'UPDATE 1',
        ' one',
        '-----',
        '   1',
        '(1 row)',
        '',
        '',
      ].join('\n'),
    );
    assert.equal(code, 0);
  });

  test('the first error from a pipe ends it, with its place', async () => {
    const { code, output } = await pipe(
      "SELECT 1 AS one;\nSELECT 'ä',\n  nme FROM people;\nDROP TABLE people;\n",
    );
    assert.equal(code, 1);
    assert.match(
      output,
      /\(1 row\)\n\nERROR: {2}column "nme" does not exist\nLINE 2: {3}nme FROM people;\n {10}\^\nHINT: {2}.+people\.name.+\n$/,
    );
    assert.equal((await pipe('SELECT count(*) FROM people;')).code, 0);
  });

  test('what rows, names and errors hold does nothing to a terminal', async () => {
    const { output } = await pipe(
      `SELECT E'\\x1b]0;title\\x07' AS "a\u001b[2J";\nSELECT E'\u001b[31m'::integer;\n`,
    );
    assert.doesNotMatch(output, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    assert.match(output, /\\u\{1b\}\]0;title\\u\{7\}/);
  });

  test('\\dt and \\d tell what is there', async () => {
    const { code, output } = await pipe(
      'CREATE INDEX by_name ON people (name);\n\\dt\n\\d people\n\\q\nSELECT broken\n',
    );
    assert.equal(code, 0);
    assert.match(output, / public \| people \| table \| app\n\(1 row\)/);
    assert.match(
      output,
      / id {5}\| integer \| not null \|\n name {3}\| text {4}\| not null \| 'x;y'::text\n/,
    );
    assert.match(output, /CREATE INDEX by_name ON public\.people USING btree \(name\)/);
    assert.match(output, / people_pkey +\| PRIMARY KEY \(id\)/);
    assert.deepEqual(await pipe("\\d no'body\n"), {
      code: 1,
      output: "There is no relation no'body: \\d lists those there are\n",
    });
    assert.deepEqual(await pipe('\\x\n'), {
      code: 1,
      output: 'Unknown command \\x: \\? lists those there are\n',
    });
  });

  test('COPY TO STDOUT is printed, and COPY FROM STDIN refused', async () => {
    assert.deepEqual(await pipe('COPY (SELECT 1, 2) TO STDOUT;'), { code: 0, output: '1\t2\nCOPY 1\n' });
    const { code, output } = await pipe('COPY people FROM STDIN;\n');
    assert.equal(code, 1);
    assert.match(output, /^ERROR: {2}COPY from stdin failed: this prompt has no data to copy from\n/);
  });

  test('a database that cannot be reached is told without its URL', async () => {
    for (const wrong of ['postgres://user:hunter2@127.0.0.1:1/app', 'mysql://user:hunter2@127.0.0.1/app']) {
      const run = runSqlPrompt({
        url: wrong,
        input: Readable.from([]),
        output: new PassThrough(),
        isTerminal: false,
      });
      await assert.rejects(run, (error: Error & { code: string }) => {
        assert.equal(error.code, 'DATABASE_UNREACHABLE');
        assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, /hunter2/);
        return true;
      });
    }
  });

  test('on a terminal it prompts, goes on after errors, keeps a history and leaves at the end of input', async () => {
    const terminal = openTerminal();
    const over = runSqlPrompt({ url, ...terminal, isTerminal: true });
    await terminal.until(/app=> $/);
    terminal.type('SELECT nothing_there;\r');
    await terminal.until(/column "nothing_there" does not exist[\s\S]*app=> $/);
    terminal.type('BEGIN;\r');
    await terminal.until(/BEGIN\r?\n[\s\S]*app\*=> $/);
    terminal.type('SELECT\r');
    await terminal.until(/app\*-> $/);
    terminal.type('\u0003');
    await terminal.until(/app\*=> $/);
    terminal.type("SELECT 'first ' || 'one' AS x;\r");
    await terminal.until(/first one[\s\S]*app\*=> $/);
    terminal.type('\u001b[A\r');
    await terminal.until(/first one[\s\S]*app\*=> $/);
    terminal.type('\u0004');
    assert.equal(await over, 0);
  });

  test('Ctrl-C ends what the server is doing, and the prompt goes on', async () => {
    const terminal = openTerminal();
    const over = runSqlPrompt({ url, ...terminal, isTerminal: true });
    await terminal.until(/app=> $/);
    terminal.type('SELECT pg_sleep(100);\r');
    await query(
      "SET ROLE NONE; SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(100)%' AND state = 'active'",
    );
    terminal.type('\u0003');
    await terminal.until(/canceling statement due to user request[\s\S]*app=> $/);
    terminal.type('\\q\r');
    assert.equal(await over, 0);
  });

  test('a lost connection is told, and ends it', async () => {
    const terminal = openTerminal();
    const over = runSqlPrompt({ url, ...terminal, isTerminal: true });
    await terminal.until(/app=> $/);
    terminal.type('SELECT pg_backend_pid() AS lost;\r');
    await terminal.until(/\(1 row\)[\s\S]*app=> $/);
    await query(
      "SET ROLE NONE; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%AS lost%' AND pid <> pg_backend_pid()",
    );
    assert.equal(await over, 1);
    await terminal.until(/The connection was lost: /);
  });

  /** Asks until there is a row. */
  async function query(question: string): Promise<void> {
    const client = new pg.Client(url);
    await client.connect();
    try {
      for (const limit = AbortSignal.timeout(30_000); ; limit.throwIfAborted()) {
        const found = [await client.query(question)].flat();
        if (found.some(({ rowCount }) => (rowCount ?? 0) > 0)) return;
      }
    } finally {
      await client.end();
    }
  }
});

interface Terminal {
  readonly input: PassThrough;
  readonly output: Writable;
  type(keys: string): void;
  /** Resolves when what was written since the last time, without the codes that move the cursor, looks like this. */
  until(pattern: RegExp): Promise<void>;
}

function openTerminal(): Terminal {
  const input = new PassThrough();
  let held = '';
  let look = (): void => undefined;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      held += chunk.toString().replaceAll(/\u001b\[[0-9;]*[A-Za-z]/g, '');
      look();
      done();
    },
  });
  return {
    input,
    output,
    type: (keys) => void input.write(keys),
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const limit = setTimeout(() => reject(new Error(`no ${pattern} in ${JSON.stringify(held)}`)), 30_000);
        look = () => {
          if (!pattern.test(held)) return;
          clearTimeout(limit);
          held = '';
          look = () => undefined;
          resolve();
        };
        look();
      }),
  };
}
