import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Evidence, Judgement } from '../law.ts';
import { type CommandCode, declaresItsMigrations, shipsAdminCodeWithTheApp } from './probe-declared.ts';

const at = (file: string): Evidence => ({ kind: 'source', file, line: 1, text: file });
const told = ({ outcome, because }: Judgement): string => `${outcome}: ${because}`;

test('admin code ships when each command names code that comes with the app', () => {
  const judge = (...codes: CommandCode[]): Judgement =>
    shipsAdminCodeWithTheApp.judge({
      commands: codes.map((code) => ({ command: `node ${code.what}`, at: at('Procfile'), code })),
    });
  const shipped = { kind: 'shipped', what: 'a.js' } as const;
  const missing = { kind: 'missing', what: 'b.js' } as const;
  const ignored = { kind: 'ignored', what: 'c.js', by: at('.slugignore') } as const;
  const unknown = { kind: 'unknown', what: 'psql' } as const;
  assert.equal(judge().outcome, 'not-applicable');
  assert.equal(told(judge(shipped)), 'holds: "node a.js" runs a.js');
  assert.equal(told(judge(missing, shipped)), 'broken: b.js is not in the commit');
  assert.equal(told(judge(unknown, ignored)), 'broken: c.js is left out by .slugignore');
  assert.deepEqual(judge(ignored).evidence, [at('Procfile'), at('.slugignore')]);
  assert.equal(
    told(judge(shipped, unknown)),
    'unproven: It cannot be told that psql of "node psql" comes with the app',
  );
});

test('migrations need a command that runs them', () => {
  const migrations = [{ what: 'db', at: at('db/1.sql') }];
  const commands = [{ command: 'node migrate.js', at: at('Procfile') }];
  const judge = declaresItsMigrations.judge;
  assert.equal(judge({ migrations: [], commands: [] }).outcome, 'not-applicable');
  assert.equal(
    told(judge({ migrations: [], commands })),
    'holds: "node migrate.js" is declared; no folder of migrations is known beside it',
  );
  assert.equal(
    told(judge({ migrations, commands: [] })),
    'broken: There are migrations (db) and no command that would run them',
  );
  assert.equal(told(judge({ migrations, commands })), 'holds: db is run by "node migrate.js"');
});
