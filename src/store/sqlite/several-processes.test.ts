import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startProgram } from '../../../test/fixtures/store/program.ts';
import { filled, firstKey, scratchStore } from '../../../test/fixtures/store/scratch-store.ts';
import { releaseOf } from '../contract/subject.contract.ts';
import { openDatabase } from './database.ts';
import { storeOver } from './sqlite-store.ts';

test('two processes that make releases of one app at once leave no gap and no double', async (context) => {
  const scratch = scratchStore(context);
  const store = scratch.open();
  const { app, build } = filled(store, 0);
  const rounds = 200;
  const programs = [1, 2].map(() => startProgram(context, 'make-releases.ts', [scratch.file, build.id]));
  for (let round = 0; round <= rounds; round++) {
    await Promise.all(programs.map((program) => program.printed(1 + round)));
    for (const program of programs) {
      if (round < rounds) program.say('1');
      else program.hangUp();
    }
  }
  assert.deepEqual(await Promise.all(programs.map((program) => program.ended())), [0, 0]);

  const printed = programs.flatMap((program) => program.lines.slice(1).map(Number));
  assert.deepEqual(
    printed.sort((a, b) => a - b),
    Array.from({ length: 2 * rounds }, (_, index) => index + 1),
  );
  assert.equal(store.releases(app.id).length, 2 * rounds);
  assert.equal(store.verify(app.id), null);
});

test('a release whose version was printed is there after a SIGKILL at any moment', async (context) => {
  const scratch = scratchStore(context);
  const { app, build } = filled(scratch.open(), 0);
  const printed = new Set<number>();
  for (let round = 0; round < 20; round++) {
    const program = startProgram(context, 'make-releases.ts', [scratch.file, build.id]);
    program.say('1000000');
    await program.printed(2 + Math.floor(Math.random() * 60));
    program.kill();
    assert.equal(await program.ended(), 'SIGKILL');
    for (const line of program.lines.slice(1)) printed.add(Number(line));

    const store = scratch.open();
    const kept = new Set(store.releases(app.id).map((release) => release.version));
    assert.deepEqual(
      [...printed].filter((version) => !kept.has(version)),
      [],
      `round ${round}`,
    );
    assert.equal(store.verify(app.id), null, `round ${round}`);
    assert.equal(integrity(scratch), 'ok', `round ${round}`);
  }
});

test('a writer that another process keeps waiting too long says so, and nothing is written', (context) => {
  const scratch = scratchStore(context);
  const { app, build } = filled(scratch.open(), 1);
  const db = openDatabase(scratch.file);
  const store = storeOver(db, { masterKey: firstKey, clock: Date });
  context.after(() => store.close());
  db.script('PRAGMA busy_timeout = 0');
  scratch.plain((connection) => {
    connection.exec('BEGIN IMMEDIATE');
    assert.throws(() => releaseOf(store, build), {
      code: 'STORE_BUSY',
      message: `Cannot write to the store "${scratch.file}": another process holds its lock`,
      hint: 'Run the command again',
    });
    assert.equal(store.releases(app.id).length, 1, 'readers do not wait for a writer');
    connection.exec('ROLLBACK');
  });
  assert.equal(releaseOf(store, build).version, 2);
});

function integrity(scratch: ReturnType<typeof scratchStore>): unknown {
  return scratch.plain((connection) => connection.prepare('PRAGMA integrity_check').get()?.integrity_check);
}
