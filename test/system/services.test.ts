import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { copyExample, deploy, dozen, eventually, get, pidsOf } from '../parts/platform-run.ts';
import { cli, cliJson, type Ran, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';

interface Service {
  readonly name: string;
  readonly kind: string;
  readonly version: string | null;
  readonly state: string;
  readonly attachments: readonly { readonly app: string; readonly variable: string }[];
  readonly size: number | null;
  readonly last_backup: { readonly size: number } | null;
}

interface Release {
  readonly version: number;
  readonly description: string;
  readonly user: { readonly email: string };
}

describe('backing services', { timeout: 400_000 }, () => {
  let run: ServerRun;
  let url: string;
  let folder: string;
  let backup: string;

  before(async () => {
    run = await startServer();
    folder = mkdtempSync(path.join(tmpdir(), 'dozen-backups-'));
    backup = path.join(folder, 'guestbook.backup');
    const events = await deploy(run.home, {
      app: 'guestbook',
      folder: copyExample('guestbook'),
      from: 'commit',
    });
    assert.equal(events.at(-1)?.kind, 'serving', JSON.stringify(events.at(-1)));
    url = `http://guestbook.localhost:${run.routerPort}/`;
  });
  after(async () => {
    await removeServer(run);
    rmSync(folder, { recursive: true });
  });

  const write = (name: string) =>
    get(url, '/entries', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name, message: 'Hello' }),
    });
  const names = async (): Promise<readonly string[]> => {
    const { status, text } = await get(url, '/entries.json');
    assert.equal(status, 200, text);
    return JSON.parse(text).entries.map(({ name }: { readonly name: string }) => name);
  };
  const works = async (args: readonly string[], input = ''): Promise<Ran> => {
    const ran = await cli(run.home, args, { input });
    assert.equal(ran.status, 0, `dozen ${args.join(' ')}: ${ran.stderr}`);
    return ran;
  };
  const refused = async (args: readonly string[], message: RegExp): Promise<void> => {
    const { status, stderr } = await cli(run.home, args);
    assert.equal(status, 1, args.join(' '));
    assert.match(stderr, message);
  };
  const releases = () => cliJson<Release[]>(run.home, ['releases', '-a', 'guestbook']);
  const info = (name: string) => cliJson<Service>(run.home, ['services', 'info', name]);
  const credential = async (variable = 'DATABASE_URL'): Promise<string> =>
    (await cli(run.home, ['config', 'get', variable, '-a', 'guestbook'])).stdout;
  const connects = async (connectionString: string): Promise<boolean> => {
    const client = new pg.Client({ connectionString });
    // Let in, and thrown out the moment after.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return true;
    } catch (error) {
      assert.match((error as { readonly code?: string }).code ?? '', /^28/, 'it is not let in');
      return false;
    } finally {
      await client.end();
    }
  };

  test('are listed with what they are, whether they answer, and who is attached', async () => {
    await write('Ada');
    const [service] = await cliJson<Service[]>(run.home, ['services']);
    assert.partialDeepStrictEqual(service, {
      name: 'guestbook-database',
      kind: 'postgres',
      version: '18',
      state: 'up',
      attachments: [{ app: 'guestbook', variable: 'DATABASE_URL' }],
      last_backup: null,
    });
    assert.ok((service?.size ?? 0) > 1024 * 1024);
    assert.match(
      (await works(['services', '-a', 'guestbook'])).stdout,
      /^SERVICE .*\nguestbook-database {2}postgres 18 {2}up {5}guestbook: DATABASE_URL {2}\d/,
    );
    assert.match(
      (await works(['services:info', 'guestbook-database'])).stdout,
      /\nLast backup {2}none known\n/,
    );
  });

  test('a credential is rotated under load: no request is lost, no release made, and the old one is dead', async () => {
    const versions = async (): Promise<unknown> =>
      (await releases()).map(({ version, description }) => [version, description]);
    const [old, before] = [await credential(), await versions()];
    const stop = new AbortController();
    const failures: string[] = [];
    let answered = 0;
    const load = [0, 1].map(async (client) => {
      while (!stop.signal.aborted) {
        const turn = answered % 40 === 39 ? write(`load ${client}`) : get(url, '/entries.json');
        const answer = await turn.catch((error: Error) => ({ status: 0, text: error.message }));
        if (answer.status !== 200 && answer.status !== 201) failures.push(`${answer.status} ${answer.text}`);
        else answered += 1;
      }
    });
    await eventually(() => answered > 5, { what: 'the load runs' });
    const { stdout } = await works(['services', 'rotate', 'guestbook-database']);
    stop.abort();
    await Promise.all(load);
    assert.deepEqual(failures, []);
    assert.match(stdout, /new credential: guestbook-database as DATABASE_URL of guestbook\n/);
    assert.match(stdout, /process {3}web\.1 up/);
    assert.match(stdout, /credential taken back: guestbook-database as DATABASE_URL of guestbook\n$/);
    assert.deepEqual([await connects(old), await connects(await credential())], [false, true]);
    assert.deepEqual(await versions(), before);
  });

  test('a rollout after it replaces nothing: what they read is what they would read', async () => {
    const pids = async (): Promise<unknown> =>
      (
        await cliJson<{ readonly process: string; readonly pid: number }[]>(run.home, [
          'ps',
          '-a',
          'guestbook',
        ])
      ).map(({ process, pid }) => [process, pid]);
    const before = await pids();
    await works(['ps', 'scale', 'worker=1', '-a', 'guestbook']);
    assert.deepEqual(await pids(), before);
  });

  test('a prompt has a credential of its own, which ends with it', async () => {
    const { stdout } = await works(
      ['services', 'psql', 'guestbook-database'],
      "SELECT 'user ' || session_user AS who;\n",
    );
    const user = /user (session_[0-9a-f]{12})/.exec(stdout)?.[1] ?? assert.fail(stdout);
    const left = async (): Promise<boolean> => {
      const asked = `SELECT count(*)::text || ' left' AS found FROM pg_roles WHERE rolname = '${user}';\n`;
      return !/0 left/.test((await works(['services', 'psql', 'guestbook-database'], asked)).stdout);
    };
    await eventually(async () => !(await left()), { what: `${user} is gone` });
  });

  test('what is backed up is there again after all of it is lost', async () => {
    const there = await names();
    assert.ok(there.includes('Ada'));
    assert.equal(
      (await works(['services', 'backup', 'guestbook-database', '--out', backup])).stdout,
      `Wrote ${backup}\n`,
    );
    assert.equal(statSync(backup).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder), ['guestbook.backup']);
    assert.equal((await info('guestbook-database')).last_backup?.size, statSync(backup).size);
    await works(['services', 'psql', 'guestbook-database'], 'TRUNCATE entries CASCADE;\n');
    assert.deepEqual(await names(), []);
    await refused(['services', 'restore', 'guestbook-database', '--from', backup], /\(NOT_CONFIRMED\)/);
    const restore = [
      'services',
      'restore',
      'guestbook-database',
      '--confirm',
      'guestbook-database',
      '--from',
    ];
    assert.equal((await works([...restore, backup])).stdout, 'Restored guestbook-database\n');
    await eventually(async () => (await get(url, '/entries.json')).status === 200, {
      what: 'the app is back',
    });
    assert.deepEqual(await names(), there);
  });

  test('a file that is cut off is refused, and nothing is changed', async () => {
    const there = await names();
    const half = path.join(folder, 'half');
    const whole = readFileSync(backup);
    writeFileSync(half, whole.subarray(0, whole.length / 2));
    const restore = [
      'services',
      'restore',
      'guestbook-database',
      '--confirm',
      'guestbook-database',
      '--from',
      half,
    ];
    await refused(restore, /\(BACKUP_DAMAGED\)/);
    // Refused at its first bytes, while most of it is still to come.
    writeFileSync(half, Buffer.alloc(200 * 1024 * 1024, 'x'));
    await refused(restore, /\(BACKUP_DAMAGED\)/);
    rmSync(half);
    await sendHalf(whole);
    assert.deepEqual(await names(), there);
    assert.equal((await info('guestbook-database')).state, 'up');
    const answer = await fetch(dataOf('guestbook-database', 'data'), {
      method: 'PUT',
      headers: { ...authorization(), 'Content-Type': 'application/octet-stream' },
      body: whole,
    });
    assert.equal(answer.status, 200, 'of a known length, and whole');
  });

  test('a backup whose reader is gone is given up, and the next one is whole', async () => {
    await new Promise<void>((resolve, reject) => {
      const headers = authorization();
      const asked = request(dataOf('guestbook-database', 'backup'), { agent: false, headers }, (response) =>
        response.once('data', () => {
          response.destroy();
          resolve();
        }),
      );
      asked.once('error', reject).end();
    });
    const slots = ['services', 'psql', 'guestbook-database'];
    const asked = "SELECT count(*)::text || ' slots' FROM pg_replication_slots;\n";
    await eventually(async () => /\b0 slots/.test((await works(slots, asked)).stdout), {
      what: 'the server ended what it did for it',
    });
    const { stdout } = await works(['services', 'backup', 'guestbook-database', '--out', '-']);
    assert.match(stdout, /^\{"dozenBackup":1,"kind":"postgres","version":"18",/);
    assert.match(stdout, /\{"digest":"[0-9a-f]{64}"\}\n$/);
  });

  const authorization = () => ({ Authorization: `Bearer ${run.token}` });
  const dataOf = (name: string, what: string): URL =>
    new URL(`/dozen/v1/services/${name}/${what}`, run.apiUrl);

  /** An upload whose sender is gone before its end. */
  function sendHalf(whole: Buffer): Promise<void> {
    return new Promise((resolve) => {
      const sent = request(dataOf('guestbook-database', 'data'), {
        method: 'PUT',
        agent: false,
        headers: {
          ...authorization(),
          'Content-Type': 'application/octet-stream',
          'Content-Length': whole.length,
        },
      });
      sent.once('close', resolve).on('error', () => undefined);
      sent.write(whole.subarray(0, whole.length / 2), () => sent.destroy());
    });
  }

  test('a backup whose stream breaks off leaves no file, and the one of before as it was', async () => {
    const before = readFileSync(backup);
    const breaking = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
      response.write(before.subarray(0, 1000), () => response.destroy());
    });
    await new Promise<void>((resolve) => breaking.listen(0, '127.0.0.1', resolve));
    const { port } = breaking.address() as AddressInfo;
    const env = { DOZEN_URL: `http://127.0.0.1:${port}`, DOZEN_TOKEN: 'none' };
    for (const file of [backup, path.join(folder, 'new')]) {
      const { status, stderr } = await cli(run.home, ['services', 'backup', 'db', '--out', file], { env });
      assert.equal(status, 1);
      assert.match(stderr, /\(BACKUP_CUT_OFF\)\n {2}Left: No file/);
    }
    breaking.close();
    assert.deepEqual(readdirSync(folder), ['guestbook.backup']);
    assert.deepEqual(readFileSync(backup), before);
  });

  test('the same build works over another service: swapped in one release, and back by a rollback', async () => {
    const there = await names();
    const old = await credential();
    const made = await works(['services', 'create', 'postgres:18', '--name', 'second']);
    assert.equal(made.stdout, 'Made second (postgres 18)\n');
    await works(['services', 'restore', 'second', '--confirm', 'second', '--from', backup]);
    const before = await releases();
    const { stdout } = await works(['services', 'swap', 'guestbook-database', 'second', '-a', 'guestbook']);
    assert.match(stdout, /^release {3}v2 Swap guestbook-database for second as DATABASE_URL\n/);
    assert.deepEqual(await names(), there);
    await write('In the second');
    const swapped = await releases();
    assert.equal(swapped.length, before.length + 1);
    assert.match(swapped[0]?.user.email ?? '', /@dozen\.localhost$/);
    const second = await credential();
    assert.notEqual(new URL(second).port, new URL(old).port);
    assert.deepEqual([await connects(old), await connects(second)], [false, true]);
    await works(['rollback', 'v1', '-a', 'guestbook']);
    assert.deepEqual(await names(), there, 'the first has what it had');
    const again = await credential();
    assert.deepEqual([await connects(again), await connects(second)], [true, false]);
    assert.equal(new URL(again).port, new URL(old).port);
  });

  test('an attached service is bound under any variable, and taken away, a release each', async () => {
    await works(['services', 'attach', 'second', '--as', 'REPORTS_URL', '-a', 'guestbook']);
    const reports = await credential('REPORTS_URL');
    assert.equal(await connects(reports), true);
    await refused(
      ['services', 'attach', 'second', '--as', 'REPORTS_URL', '-a', 'guestbook'],
      /\(VARIABLE_TAKEN\)/,
    );
    await refused(['services', 'destroy', 'second', '--confirm', 'second'], /\(SERVICE_ATTACHED\)/);
    await works(['services', 'detach', 'REPORTS_URL', '-a', 'guestbook']);
    assert.equal(await connects(reports), false);
    const [detached, attached] = await releases();
    assert.deepEqual(
      [attached?.description, detached?.description],
      ['Attach second as REPORTS_URL', 'Detach REPORTS_URL'],
    );
  });

  test('an attachment whose release fails leaves the app, the service and the credential as they were', async () => {
    await works(['config', 'set', 'NODE_OPTIONS=', '-a', 'guestbook']);
    const before = await credential();
    await works([
      'services',
      'create',
      'url',
      '--name',
      'broken',
      '--url',
      'postgres://nobody:x@127.0.0.1:9/none',
    ]);
    await refused(
      ['services', 'swap', 'guestbook-database', 'broken', '-a', 'guestbook'],
      /\(RELEASE_PHASE_FAILED\)/,
    );
    assert.equal(await credential(), before);
    assert.equal(await connects(before), true);
    assert.ok((await names()).includes('Ada'));
    await works(['services', 'destroy', 'broken', '--confirm', 'broken']);
  });

  test("somebody else's service has the same verbs, by its URL, which is shown nowhere", async () => {
    const secret = 'https://key:hunter2@crm.example.org/v1';
    await works(
      ['services', 'create', 'url', '--name', 'crm', '--as', 'CRM_URL', '--url-stdin', '-a', 'guestbook'],
      `${secret}\n`,
    );
    assert.equal(await credential('CRM_URL'), secret);
    await refused(
      ['services', 'rotate', 'crm'],
      /\(SERVICE_NOT_MANAGED\)\n {2}Next: .*dozen services set-url crm/,
    );
    await refused(
      ['services', 'backup', 'crm', '--out', path.join(folder, 'crm')],
      /\(SERVICE_NOT_MANAGED\)/,
    );
    await refused(['services', 'set-url', 'guestbook-database', '--url', secret], /\(SERVICE_MANAGED\)/);
    await refused(['services', 'set-url', 'crm', '--url', 'nothing'], /\(SERVICE_URL_INVALID\)/);
    const count = (await releases()).length;
    const { stdout } = await works(
      ['services', 'set-url', 'crm', '--url-stdin'],
      'https://key:second@crm.example.org/',
    );
    assert.match(stdout, /process {3}web\.1 up/);
    assert.equal(await credential('CRM_URL'), 'https://key:second@crm.example.org/');
    assert.equal((await releases()).length, count);
    const shown = await works(['services', 'info', 'crm', '--json']);
    assert.doesNotMatch(`${shown.stdout} ${run.said.join(' ')}`, /second@|hunter2/);
    assert.equal((await info('crm')).state, 'foreign');
    assert.ok(!existsSync(path.join(folder, 'crm')));
  });

  test('a release whose service is gone does not come back, and nothing is changed', async () => {
    const config = await cliJson<Record<string, string>>(run.home, ['config', '-a', 'guestbook']);
    const count = (await releases()).length;
    await works(['services', 'destroy', 'second', '--confirm', 'second']);
    await refused(['rollback', 'v2', '-a', 'guestbook'], /service "second" was destroyed \(SERVICE_GONE\)/);
    assert.deepEqual(await cliJson(run.home, ['config', '-a', 'guestbook']), config);
    assert.equal((await releases()).length, count);
    assert.ok((await names()).includes('Ada'));
  });

  test('services run again after a stop of everything, also those that no app has', async () => {
    await works(['services', 'create', 'postgres', '--name', 'idle']);
    await works(['server', 'stop']);
    await run.ended;
    run = await startServer(run.home);
    url = `http://guestbook.localhost:${run.routerPort}/`;
    await eventually(async () => (await info('idle')).state === 'up', { what: 'the idle one is up' });
    await eventually(async () => (await get(url, '/entries.json')).status === 200, {
      what: 'the app is back',
    });
    assert.ok((await names()).includes('Ada'));
  });

  test('a rotation that is killed halfway is finished by the next platform: the old credential is dead', async () => {
    const old = await credential();
    const [control = 0] = pidsOf(run.home, 'control');
    const rotating = spawn(dozen, ['services', 'rotate', 'guestbook-database'], {
      env: { ...process.env, DOZEN_HOME: run.home },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = once(rotating, 'exit');
    for await (const chunk of rotating.stdout) {
      if (!String(chunk).includes('new credential')) continue;
      process.kill(control, 'SIGKILL');
      break;
    }
    assert.notDeepEqual(await ended, [0, null], 'it was killed before it ended');
    await eventually(() => pidsOf(run.home, 'control').some((pid) => pid !== control), {
      what: 'control is started again',
    });
    await eventually(async () => !(await connects(old)), { what: 'the old credential is taken back' });
    await eventually(async () => (await cli(run.home, ['status'])).status === 0, { what: 'control answers' });
    assert.equal(await connects(await credential()), true);
    assert.ok((await names()).includes('Ada'));
  });

  test('an app that is destroyed leaves its services, and no credential to them', async () => {
    const last = await credential();
    await works(['apps', 'destroy', '-a', 'guestbook', '--confirm', 'guestbook']);
    assert.equal(await connects(last), false);
    assert.deepEqual((await info('guestbook-database')).attachments, []);
    const look = ['services', 'psql', 'guestbook-database'];
    assert.match((await works(look, 'SELECT name FROM entries;\n')).stdout, /Ada/);
    await works(['services', 'destroy', 'guestbook-database', '--confirm', 'guestbook-database']);
    await refused(['services', 'info', 'guestbook-database'], /\(SERVICE_UNKNOWN\)/);
  });
});
