import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { describe, test } from 'node:test';
import pg from 'pg';
import { killRestores } from '../../../test/parts/kill-restores.ts';
import { openServiceBench } from '../../../test/parts/service-bench.ts';
import { Secret } from '../../factors/03-config/secret.ts';
import { backUp } from '../provider.contract.ts';
import type { ServiceHost } from '../provider.ts';
import { postgresProvider } from './postgres.ts';
import { requireState } from './state.ts';

async function withClient<T>(credential: Secret, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(credential.reveal());
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function adminOf(host: ServiceHost): Secret {
  const { password, port } = requireState(host);
  return new Secret(`postgres://postgres:${password}@127.0.0.1:${port}/app`);
}

describe('the backup of a PostgreSQL service', { timeout: 240_000 }, () => {
  test('made while rows are committed it holds the first so many of them, and all that were there when it began', async () => {
    const bench = await openServiceBench(
      mkdtempSync(path.join(tmpdir(), 'dozen-services-')),
      postgresProvider,
    );
    try {
      const service = bench.service('busy');
      const host = bench.host(service);
      await postgresProvider.create(service, host);
      const credential = await postgresProvider.attach(service, host, 'app');
      const { sent, atStart, atEnd, bytes } = await withClient(credential, async (client) => {
        await client.query(
          'CREATE TABLE bulk AS SELECT n, repeat(md5(n::text), 20) AS text FROM generate_series(1, 60000) n',
        );
        await client.query('CREATE TABLE counted (n integer PRIMARY KEY)');
        let n = 0;
        let over = false;
        const writing = (async () => {
          while (!over) await client.query('INSERT INTO counted VALUES ($1)', [n++]);
        })();
        while (n < 100) await new Promise((resolve) => setImmediate(resolve));
        const first = n - 1;
        const made = await backUp(postgresProvider, service, host);
        const last = n;
        over = true;
        await writing;
        return { sent: n, atStart: first, atEnd: last, bytes: made.bytes };
      });
      assert.ok(atEnd > atStart + 1, 'nothing was committed meanwhile');
      await postgresProvider.restore(service, host, Readable.from([bytes]));
      const [row] = await withClient(credential, async (client) => {
        const { rows } = await client.query<{ rows: number; highest: number; bulk: number }>(
          'SELECT count(*)::integer AS rows, max(n) AS highest, (SELECT count(*)::integer FROM bulk) AS bulk FROM counted',
        );
        return rows;
      });
      assert.equal(row?.bulk, 60_000);
      assert.equal(row.rows, row.highest + 1, 'a row is missing before the last one');
      assert.ok(row.rows >= atStart && row.rows <= sent, `${row.rows} rows of ${atStart} to ${sent}`);
    } finally {
      await bench.close();
    }
  });

  test('one that is read slowly keeps the log it needs, whatever the server writes and forgets meanwhile', async () => {
    const bench = await openServiceBench(
      mkdtempSync(path.join(tmpdir(), 'dozen-services-')),
      postgresProvider,
    );
    try {
      const service = bench.service('slow');
      const host = bench.host(service);
      await postgresProvider.create(service, host);
      const credential = await postgresProvider.attach(service, host, 'app');
      await withClient(credential, (client) => client.query("CREATE TABLE noted AS SELECT 'before' AS text"));
      let forget: Promise<unknown> | null = null;
      const pieces: Buffer[] = [];
      const into = new Writable({
        write(piece: Buffer, _encoding, done) {
          pieces.push(piece);
          forget ??= withClient(adminOf(host), async (client) => {
            for (let segment = 0; segment < 20; segment += 1)
              await client.query("INSERT INTO noted VALUES ('meanwhile'); SELECT pg_switch_wal()");
            await client.query('CHECKPOINT');
          });
          void forget.then(() => done(), done);
        },
      });
      await postgresProvider.backup(service, host, into);
      await postgresProvider.restore(service, host, Readable.from(pieces));
      const { rows } = await withClient(credential, (client) =>
        client.query('SELECT DISTINCT text FROM noted ORDER BY text'),
      );
      assert.deepEqual(rows, [{ text: 'before' }, { text: 'meanwhile' }]);
    } finally {
      await bench.close();
    }
  });

  test('an aborted backup ends with the reason, and leaves the server without a slot', async () => {
    const bench = await openServiceBench(
      mkdtempSync(path.join(tmpdir(), 'dozen-services-')),
      postgresProvider,
    );
    try {
      const service = bench.service('aborted');
      const host = bench.host(service);
      await postgresProvider.create(service, host);
      const over = new AbortController();
      const cut = { ...host, signal: over.signal, state: host.state };
      const into = new Writable({ write: () => over.abort(new Error('enough')) });
      await assert.rejects(postgresProvider.backup(service, cut, into), { name: 'AbortError' });
      const slots = await withClient(adminOf(host), async (client) => {
        for (const limit = AbortSignal.timeout(30_000); ; limit.throwIfAborted()) {
          const { rows } = await client.query('SELECT slot_name FROM pg_replication_slots');
          if (rows.length === 0) return rows;
        }
      });
      assert.deepEqual(slots, []);
    } finally {
      await bench.close();
    }
  });

  test('a restore that is killed leaves all of the old data or all of the new', () =>
    killRestores(
      postgresProvider,
      {
        keep: (credential, text) =>
          withClient(credential, async (client) => {
            await client.query('BEGIN');
            for (const table of ['one', 'two']) {
              await client.query(`CREATE TABLE IF NOT EXISTS ${table} (text text)`);
              await client.query(`DELETE FROM ${table}`);
              await client.query(`INSERT INTO ${table} SELECT $1 FROM generate_series(1, 2000)`, [text]);
            }
            await client.query('COMMIT');
          }),
        kept: (credential) =>
          withClient(credential, async (client) => {
            const { rows } = await client.query<{ text: string }>(
              'SELECT text FROM one UNION SELECT text FROM two',
            );
            return rows.map(({ text }) => text);
          }),
      },
      { kills: 8 },
    ));
});
