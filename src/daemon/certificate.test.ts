import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { apiCertificate } from './certificate.ts';

const day = 24 * 60 * 60 * 1000;

describe('the certificate of the API', () => {
  let home: string;

  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'dozen-certificate-'));
    mkdirSync(path.join(home, 'keys'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  /** What a client says that trusts the file and nothing else; null when it has no complaint. */
  async function complaint(host: string): Promise<string | null> {
    const { pem, file } = await apiCertificate(home, Date.now());
    const server = createServer({ key: pem, cert: pem }, (socket) => socket.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect({
      port,
      host: '127.0.0.1',
      ca: readFileSync(file),
      ...(host === '127.0.0.1' ? {} : { servername: host }),
    });
    try {
      await once(client, 'secureConnect');
      return null;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? String(error);
    } finally {
      client.destroy();
      server.close();
    }
  }

  test('is believed for the names of loopback by who trusts its file, and for no other', async () => {
    assert.equal(await complaint('127.0.0.1'), null);
    assert.equal(await complaint('localhost'), null);
    assert.equal(await complaint('example.org'), 'ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('vouches for nobody else', async () => {
    const { file } = await apiCertificate(home, Date.now());
    const certificate = new X509Certificate(readFileSync(file));
    assert.equal(certificate.ca, false);
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']);
    assert.equal(
      certificate.subjectAltName,
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
  });

  test('is made once, for its owner alone, and the file to trust holds no key', async () => {
    const first = await apiCertificate(home, Date.now());
    const again = await apiCertificate(home, Date.now() + 30 * day);
    assert.deepEqual(again, first);
    for (const name of ['api.pem', 'api.crt'])
      assert.equal(statSync(path.join(home, 'keys', name)).mode & 0o777, 0o600, name);
    assert.doesNotMatch(readFileSync(first.file, 'utf8'), /PRIVATE/);
  });

  test('is made anew in its last year, and where the file to trust is gone that is written again', async () => {
    const first = await apiCertificate(home, Date.now());
    const next = await apiCertificate(home, Date.now() + 3400 * day);
    assert.notEqual(next.pem, first.pem);
    const text = readFileSync(next.file, 'utf8');
    assert.equal(text, new X509Certificate(next.pem).toString());
    rmSync(next.file);
    await apiCertificate(home, Date.now() + 3400 * day);
    assert.equal(readFileSync(next.file, 'utf8'), text);
  });
});
