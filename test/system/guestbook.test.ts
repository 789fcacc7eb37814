import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { homeFolder } from '../../src/store/home.ts';
import { openOutputs } from '../../src/store/outputs.ts';
import {
  copyExample,
  eventually,
  get,
  mainPidOf,
  makeHome,
  processesOf,
  removeHome,
  serving,
  type UpRun,
  up,
  urlOf,
} from '../parts/platform-run.ts';

interface Entry {
  readonly name: string;
  readonly state: string;
}

describe('the guestbook', { timeout: 300_000 }, () => {
  let home: string;
  let folder: string;
  let run: UpRun;
  let url: string;

  before(async () => {
    home = makeHome();
    folder = copyExample('guestbook');
    run = up(home, [folder]);
    url = urlOf(await run.until(serving));
  });
  after(async () => {
    await run.end('SIGINT');
    assert.deepEqual(processesOf(home), []);
    removeHome(home);
  });

  const one = (kind: string): unknown => run.said.find((said) => said.kind === kind);
  const entries = async (): Promise<readonly Entry[]> =>
    JSON.parse((await get(url, '/entries.json')).text).entries;
  /** False, too, while the database is away. */
  const isStamped = async (name: string): Promise<boolean> => {
    const { status, text } = await get(url, '/entries.json');
    if (status !== 200) return false;
    const found: readonly Entry[] = JSON.parse(text).entries;
    return found.some((entry) => entry.name === name && entry.state === 'stamped');
  };
  const write = (name: string) =>
    get(url, '/entries', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name, message: 'Hello' }),
    });

  test('keeps an SBOM of its slug, with what it depends on', async () => {
    const { digest } = one('built') as { readonly digest: string };
    const outputs = openOutputs(homeFolder(home, 'outputs'));
    const options = { follow: false, signal: AbortSignal.timeout(10_000) };
    const sbom = JSON.parse((await Array.fromAsync(outputs.read('sbom', digest, options))).join(''));
    const names = sbom.components.map(({ purl }: { readonly purl: string }) => purl.replace(/@[^@]*$/, ''));
    assert.ok(names.includes('pkg:npm/pg') && names.includes('pkg:generic/node'), names.join(' '));
  });

  test('is built, given its database, migrated and started', () => {
    assert.partialDeepStrictEqual(one('service'), {
      service: 'postgres',
      version: '18',
      variable: 'DATABASE_URL',
      created: true,
    });
    assert.partialDeepStrictEqual(one('release'), { version: 1, unchanged: false });
    assert.partialDeepStrictEqual(one('release-phase'), {
      command: 'node dist/migrate.js',
      outcome: 'exit code 0',
    });
    const started = run.said.filter(({ kind }) => kind === 'process').map(({ process }) => process);
    assert.deepEqual(started.sort(), ['web.1', 'web.2', 'worker.1']);
  });

  test('shows its page', async () => {
    const page = await get(url, '/', { headers: { Accept: 'text/html' } });
    assert.equal(page.status, 200);
    assert.match(page.text, /<h1><a href="\/">Guestbook<\/a><\/h1>/);
  });

  test('takes an entry on one process, works on it in another and shows it on all', async () => {
    assert.equal((await write('Ada')).status, 201);
    await eventually(() => isStamped('Ada'), { what: 'the worker stamped the entry' });
  });

  test('goes on by itself when its database was killed', async () => {
    process.kill(mainPidOf(home, 'postgres.1'), 'SIGKILL');
    await eventually(async () => (await get(url)).status === 200 && (await isStamped('Ada')), {
      what: 'the page is back with its entry',
    });
    assert.equal((await write('Grace')).status, 201);
    await eventually(() => isStamped('Grace'), { what: 'the worker goes on' });
  });

  test('has its entries again the next time, with no new release and nothing installed anew', async () => {
    assert.equal(await run.end('SIGINT'), 0);
    run = up(home, [folder]);
    url = urlOf(await run.until(serving));
    assert.partialDeepStrictEqual(one('built'), { reused: true });
    assert.partialDeepStrictEqual(one('release'), { version: 1, unchanged: true });
    assert.deepEqual((await entries()).map(({ name }) => name).sort(), ['Ada', 'Grace']);
  });
});
