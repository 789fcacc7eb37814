/** A check that is stopped, or whose process is killed, in the middle of building and of running: nothing of it goes on. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { checkApp } from '../parts/checked-app.ts';
import { folder, repository } from '../parts/git-repository.ts';

const program = path.join(import.meta.dirname, '../fixtures/prover/check-folder.ts');

interface App {
  /** In the arguments of a process of it that never ends. */
  readonly own: string;
  readonly files: Readonly<Record<string, string>>;
}

function waits(when: 'building' | 'running'): App {
  const own = `waits-${randomBytes(6).toString('hex')}`;
  const script = { [`${own}.js`]: 'console.log("now"); setInterval(() => undefined, 1000);' };
  const start = when === 'running' ? `node ${own}.js` : 'node server.js';
  const build = when === 'building' ? { build: `node ${own}.js` } : {};
  const manifest = { name: 'waits', private: true, engines: { node: '>=24' }, scripts: { start, ...build } };
  return { own, files: { ...script, 'package.json': JSON.stringify(manifest) } };
}

/** Command lines in which the app's program is named. */
function running(own: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(commandOf)
    .filter((command) => command.includes(`${own}.js`));
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const limit = AbortSignal.timeout(30_000); !isSo(); await wait(10))
    if (limit.aborted) assert.fail(`it never was so that ${what}`);
}

interface Begun {
  readonly child: ChildProcess;
  readonly app: App;
}

async function begun(t: TestContext, when: 'building' | 'running'): Promise<Begun> {
  const app = waits(when);
  const child = spawn(process.execPath, [program, repository(t, app.files)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await until(`the app is ${when}`, () => running(app.own).some((command) => command.startsWith('node ')));
  return { child, app };
}

const foldersOf = ({ pid }: ChildProcess): readonly string[] =>
  readdirSync('/var/tmp').filter((name) => name.startsWith(`dozen-check-${pid}-`));

describe('a check', { concurrency: 2, timeout: 180_000 }, () => {
  for (const when of ['building', 'running'] as const) {
    test(`that is stopped while the app is ${when} leaves nothing`, async (t) => {
      const { child, app } = await begun(t, when);
      assert.ok(child.stdout !== null);
      const said = once(createInterface({ input: child.stdout }), 'line');
      child.kill('SIGINT');
      assert.deepEqual(await said, ['AbortError']);
      await once(child, 'exit');
      assert.deepEqual(running(app.own), []);
      assert.deepEqual(foldersOf(child), []);
    });

    test(`that is killed while the app is ${when} leaves nothing that runs, and the next removes its folder`, async (t) => {
      const { child, app } = await begun(t, when);
      child.kill('SIGKILL');
      await once(child, 'exit');
      await until('nothing of it runs', () => running(app.own).length === 0);
      assert.equal(foldersOf(child).length, 1);
      const empty = folder(t);
      writeFileSync(path.join(empty, 'Procfile'), 'web: true\n');
      await checkApp(empty, { static: true, factors: ['port-binding'] });
      assert.deepEqual(foldersOf(child), []);
    });
  }
});
