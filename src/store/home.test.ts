import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startProgram } from '../../test/fixtures/store/program.ts';
import { homeFolder, homeFolders, openHome } from './home.ts';

const holder = { command: 'dozen up', clock: Date };

test('a home is made with all its folders, for its owner alone', (context) => {
  const home = homePath(context);
  const opened = openHome(home, holder);
  context.after(() => opened.close());
  assert.equal(opened.path, home);
  assert.equal(statSync(home).mode & 0o777, 0o700);
  for (const folder of homeFolders)
    assert.equal(statSync(homeFolder(home, folder)).mode & 0o777, 0o700, folder);
  assert.equal(readFileSync(path.join(home, 'layout'), 'utf8'), '1\n');
});

test('a home is opened again with what it holds', (context) => {
  const home = homePath(context);
  openHome(home, holder).close();
  writeFileSync(path.join(homeFolder(home, 'logs'), 'kept'), 'a line');
  openHome(home, holder).close();
  assert.equal(readFileSync(path.join(homeFolder(home, 'logs'), 'kept'), 'utf8'), 'a line');
});

test('a home whose making was killed midway is made on', (context) => {
  const home = homePath(context);
  openHome(home, holder).close();
  rmSync(path.join(home, 'layout'));
  rmSync(homeFolder(home, 'builds'), { recursive: true });
  writeFileSync(path.join(home, 'layout.123.456'), '');
  openHome(home, holder).close();
  assert.ok(existsSync(homeFolder(home, 'builds')));
});

test('a home of a newer layout is refused, and not touched', (context) => {
  const home = homePath(context);
  mkdirSync(home);
  writeFileSync(path.join(home, 'layout'), '2\n');
  assert.throws(() => openHome(home, holder), {
    code: 'HOME_NEWER',
    message: `Cannot use "${home}": its layout is "2", this Dozen knows "1"`,
    hint: 'Use the version of Dozen that made it, or a newer one, or another DOZEN_HOME',
  });
  assert.deepEqual(readdirSync(home), ['layout']);
});

test('a folder with files of its own is not taken for a home', (context) => {
  const home = homePath(context);
  mkdirSync(home, { mode: 0o755 });
  writeFileSync(path.join(home, 'diary.txt'), '');
  assert.throws(() => openHome(home, holder), {
    code: 'HOME_FOREIGN',
    message: `Cannot use "${home}": it is no home of Dozen and holds "diary.txt"`,
    hint: 'Set DOZEN_HOME to a new or an empty folder',
  });
  assert.deepEqual(readdirSync(home), ['diary.txt']);
  assert.equal(statSync(home).mode & 0o777, 0o755);
});

test('an empty folder that is open to others is closed to them', (context) => {
  const home = homePath(context);
  mkdirSync(home);
  chmodSync(home, 0o755);
  openHome(home, holder).close();
  assert.equal(statSync(home).mode & 0o777, 0o700);
});

test('a home that cannot be made says what the system said', (context) => {
  const home = homePath(context);
  writeFileSync(home, 'a file');
  assert.throws(() => openHome(home, holder), {
    code: 'HOME_UNUSABLE',
    message: `Cannot use "${home}": EEXIST from mkdir`,
    hint: 'Set DOZEN_HOME to a folder that you own, on a disk with space',
  });
});

test('a second process on a home is told who holds it', async (context) => {
  const home = homePath(context);
  const first = startProgram(context, 'hold-home.ts', [home]);
  await first.printed(1);
  assert.deepEqual(first.lines, ['held']);
  assert.throws(
    () => openHome(home, holder),
    (error: Error & { code?: string; hint?: string }) => {
      assert.equal(error.code, 'HOME_LOCKED');
      const time = /^Cannot use "(.+)": process (\d+) \(dozen up\) holds it since \d\d:\d\d$/.exec(
        error.message,
      );
      assert.deepEqual(time?.slice(1), [home, String(first.pid)]);
      assert.equal(error.hint, `Stop it with kill ${first.pid}, or set another DOZEN_HOME`);
      return true;
    },
  );
  const tomorrow = { command: 'dozen up', clock: { now: () => Date.now() + 86_400_000 } };
  assert.throws(() => openHome(home, tomorrow), { message: /holds it since \d{4}-\d\d-\d\d \d\d:\d\d$/ });
  first.hangUp();
  assert.equal(await first.ended(), 0);
  openHome(home, holder).close();
});

test('a second opening in the same process is refused as well', (context) => {
  const home = homePath(context);
  const first = openHome(home, holder);
  assert.throws(() => openHome(home, holder), { code: 'HOME_LOCKED' });
  first.close();
  openHome(home, holder).close();
});

test('a home that nobody closes is held, also when its handle is garbage', (context) => {
  const home = homePath(context);
  openHome(home, holder);
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  assert.throws(() => openHome(home, holder), { code: 'HOME_LOCKED' });
});

test('closing a home twice does not take it from the next holder', async (context) => {
  const home = homePath(context);
  const first = openHome(home, holder);
  first.close();
  const next = startProgram(context, 'hold-home.ts', [home]);
  await next.printed(1);
  first.close();
  assert.throws(() => openHome(home, holder), { message: /process \d+ \(dozen up\) holds it/ });
});

test('a SIGKILL of the holder gives the home free at once, though its children live on', async (context) => {
  const home = homePath(context);
  for (let round = 0; round < 3; round++) {
    const first = startProgram(context, 'hold-home.ts', [home, '600']);
    await first.printed(2);
    const orphan = Number(first.lines[0]);
    context.after(() => process.kill(orphan, 'SIGKILL'));
    assert.equal(first.lines[1], 'held');
    first.kill();
    assert.equal(await first.ended(), 'SIGKILL');
    assert.doesNotThrow(() => process.kill(orphan, 0));
    openHome(home, holder).close();
  }
});

test('of many processes that want a home at once, one gets it', async (context) => {
  const home = homePath(context);
  const programs = [1, 2, 3, 4].map(() => startProgram(context, 'hold-home.ts', [home]));
  await Promise.all(programs.map((program) => program.printed(1)));
  assert.deepEqual(programs.map((program) => program.lines[0]).sort(), [
    'HOME_LOCKED',
    'HOME_LOCKED',
    'HOME_LOCKED',
    'held',
  ]);
});

test('the description of a holder that was killed is not taken for the next one’s', async (context) => {
  const home = homePath(context);
  const killed = startProgram(context, 'hold-home.ts', [home]);
  await killed.printed(1);
  const stale = readFileSync(path.join(home, 'lock.json'));
  killed.kill();
  await killed.ended();
  const next = startProgram(context, 'hold-home.ts', [home]);
  await next.printed(1);
  writeFileSync(path.join(home, 'lock.json'), stale);
  assert.throws(() => openHome(home, holder), {
    code: 'HOME_LOCKED',
    message: `Cannot use "${home}": another process holds it`,
    hint: 'Stop it, or set another DOZEN_HOME',
  });
});

function homePath(context: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-home-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return path.join(folder, 'home');
}
