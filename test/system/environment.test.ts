/** The page on factor VI names every variable of a process, and no other. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { commit, deploy, get, git } from '../parts/platform-run.ts';
import { cli, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';

const root = path.join(import.meta.dirname, '../..');

/** The first column of the page's table of variables; its row of config names none. */
function variablesOnThePage(): readonly string[] {
  const page = readFileSync(path.join(root, 'docs/factors/06-processes.md'), 'utf8');
  const [, table = ''] = /\| variable .*?\n\|[- |]+\|\n(.+?)\n\n/s.exec(page) ?? [];
  return table
    .split('\n')
    .map((row) => row.split('|')[1] ?? '')
    .filter((names) => !names.includes('dozen config'))
    .flatMap((names) => [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name))
    .sort();
}

describe('the environment of a process', { timeout: 120_000 }, () => {
  let run: ServerRun;
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-environment-'));

  before(async () => {
    run = await startServer();
    cpSync(path.join(root, 'test/fixtures/shop'), folder, { recursive: true });
    git(folder, 'init', '--quiet', '--initial-branch=main');
  });
  after(async () => {
    await removeServer(run);
    rmSync(folder, { recursive: true });
  });

  const environmentWith = async (line: string): Promise<ReadonlyMap<string, string>> => {
    writeFileSync(path.join(folder, 'Procfile'), `web: ${line}\n`);
    commit(folder, line);
    const events = await deploy(run.home, { app: 'shop', folder, from: 'commit' });
    assert.equal(events.at(-1)?.kind, 'serving', JSON.stringify(events.at(-1)));
    const { text } = await get(`http://shop.localhost:${run.routerPort}/`, '/env');
    return new Map(
      text
        .trimEnd()
        .split('\n')
        .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    );
  };

  test('is what the page lists and the config, where the line is one program', async () => {
    const made = await cli(run.home, ['apps', 'create', 'shop']);
    assert.equal(made.status, 0, made.stderr);
    const set = await cli(run.home, ['config', 'set', 'GREETING=Hello', '-a', 'shop']);
    assert.equal(set.status, 0, set.stderr);
    const environment = await environmentWith('node web.js');
    const expected = [...variablesOnThePage().filter((name) => !name.endsWith('PWD')), 'GREETING'].sort();
    assert.deepEqual([...environment.keys()].sort(), expected);
    assert.equal(environment.get('GREETING'), 'Hello');
    assert.equal(environment.get('HOME'), '/app');
    assert.equal(environment.get('DYNO'), 'web.1');
    assert.match(environment.get('PORT') ?? '', /^\d+$/);
  });

  test('has the shell’s own beside them, where the line changes the folder', async () => {
    const environment = await environmentWith('cd . && node web.js');
    assert.deepEqual([...environment.keys()].sort(), [...variablesOnThePage(), 'GREETING'].sort());
    assert.equal(environment.get('PWD'), '/app');
  });
});
