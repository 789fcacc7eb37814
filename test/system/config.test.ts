import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cli, cliJson, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';

/** Everything that has broken some tool. */
const hard: Readonly<Record<string, string>> = {
  EMPTY: '',
  SPACES: '  two  ',
  HASH: 'a # b',
  DOLLAR: `$HOME \${HOME} $(id) \`id\``,
  QUOTES: `it's "quoted" \\ and \\n escaped`,
  LINES: '-----BEGIN KEY-----\nabc\r\n\tdef\n-----END KEY-----\n',
  UNICODE: 'Grüße 👋 日本語 \u202e',
  EQUALS: '=a=b=',
  CONTROL: '\u0001\u001b[31m',
  JSON: '{"a":["b\\n"]}',
};

describe('dozen config', { timeout: 120_000 }, () => {
  let run: ServerRun;
  let folder: string;

  before(async () => {
    run = await startServer();
    folder = mkdtempSync(path.join(tmpdir(), 'dozen-config-test-'));
    await cli(run.home, ['apps', 'create', 'shop']);
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await removeServer(run);
  });

  test('every value comes back byte for byte, through arguments, files and standard input', async () => {
    const words = Object.entries(hard).map(([name, value]) => `${name}=${value}`);
    const set = await cli(run.home, ['config', 'set', ...words, '-a', 'shop']);
    assert.equal(set.status, 0, set.stderr);
    assert.deepEqual(await cliJson(run.home, ['config', '-a', 'shop']), hard);
    const file = path.join(folder, '.env');
    writeFileSync(file, (await cli(run.home, ['config', '--env', '-a', 'shop'])).stdout);
    await cli(run.home, ['config', 'unset', ...Object.keys(hard), '-a', 'shop']);
    assert.deepEqual(await cliJson(run.home, ['config', '-a', 'shop']), {});
    const again = await cli(run.home, ['config', 'set', '--file', file, '-a', 'shop']);
    assert.equal(again.status, 0, again.stderr);
    assert.deepEqual(await cliJson(run.home, ['config', '-a', 'shop']), hard);
    for (const [name, value] of Object.entries(hard)) {
      await cli(run.home, ['config', 'set', '--stdin', 'PIPED', '-a', 'shop'], { input: `${value}!` });
      assert.equal((await cli(run.home, ['config', 'get', 'PIPED', '-a', 'shop'])).stdout, `${value}!`, name);
    }
    await cli(run.home, ['config', 'unset', 'PIPED', '-a', 'shop']);
  });

  test('a list of values moves no cursor and colours no terminal', async () => {
    const { stdout } = await cli(run.home, ['config', '-a', 'shop']);
    assert.ok(!stdout.includes('\u0001'));
    assert.equal(stdout.split('\n').length - 1, Object.keys(hard).length, 'a line each');
  });

  const editorOf = (script: string): Record<string, string> => {
    const file = path.join(folder, 'editor');
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return { VISUAL: '', EDITOR: file };
  };

  test('edit saves what was changed, added and removed as one release', async () => {
    const before = (await cliJson<unknown[]>(run.home, ['releases', '-a', 'shop'])).length;
    const env = editorOf(
      'sed -i -e "s/^HASH=.*/HASH=changed/" -e "/^EQUALS=/d" "$1"; echo "NEW=new" >> "$1"',
    );
    const { status, stderr } = await cli(run.home, ['config', 'edit', '-a', 'shop'], { env });
    assert.equal(status, 0, stderr);
    const { EQUALS: _, ...kept } = hard;
    assert.deepEqual(await cliJson(run.home, ['config', '-a', 'shop']), {
      ...kept,
      HASH: 'changed',
      NEW: 'new',
    });
    assert.equal((await cliJson<unknown[]>(run.home, ['releases', '-a', 'shop'])).length, before + 1);
  });

  test('edit without a change makes no release, and an editor that fails changes nothing', async () => {
    const before = await cliJson(run.home, ['config', '-a', 'shop']);
    const same = await cli(run.home, ['config', 'edit', '-a', 'shop'], { env: editorOf('true') });
    assert.equal(same.stdout, 'Nothing is other than before: no release was made\n', same.stderr);
    const failing = editorOf('echo X=1 > "$1"; exit 3');
    assert.match(
      (await cli(run.home, ['config', 'edit', '-a', 'shop'], { env: failing })).stderr,
      /\(EDITOR_FAILED\)/,
    );
    assert.deepEqual(await cliJson(run.home, ['config', '-a', 'shop']), before);
  });

  test('edit refuses to save over a change that somebody made meanwhile', async () => {
    const dozen = path.join(import.meta.dirname, '../../bin/dozen');
    const env = editorOf(
      `DOZEN_HOME=${run.home} ${dozen} config set THEIRS=1 -a shop >/dev/null; echo MINE=1 >> "$1"`,
    );
    assert.match(
      (await cli(run.home, ['config', 'edit', '-a', 'shop'], { env })).stderr,
      /\(CONFIG_CHANGED\)/,
    );
    const now = await cliJson<Record<string, string>>(run.home, ['config', '-a', 'shop']);
    assert.equal(now.THEIRS, '1');
    assert.equal(now.MINE, undefined);
  });

  test('no value is in a list of releases, a status, a log of the server or an error', async () => {
    const secret = 'swordfish-4711';
    await cli(run.home, ['config', 'set', `PASSWORD=${secret}`, '-a', 'shop']);
    const shown = await Promise.all(
      [
        ['releases', '-a', 'shop', '--json'],
        ['releases', 'info', '-a', 'shop', '--json'],
        ['apps', 'info', '-a', 'shop', '--json'],
        ['status', '--json'],
        ['config', 'set', `BAD NAME=${secret}`, '-a', 'shop'],
      ].map((args) => cli(run.home, args)),
    );
    const said = [...shown.flatMap(({ stdout, stderr }) => [stdout, stderr]), ...run.said].join('\n');
    assert.ok(!said.includes(secret));
  });
});
