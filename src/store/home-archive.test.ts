import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { type ArchiveEntry, readArchive, writeArchive } from './home-archive.ts';

describe('a backup of a home', () => {
  let folder: string;
  const { signal } = new AbortController();
  const head = { version: '1.0.0', createdAt: 7, key: false, services: [] };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'dozen-archive-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function file(name: string, content: string | Buffer): ArchiveEntry {
    const place = path.join(folder, `from-${name.replaceAll('/', '-')}`);
    writeFileSync(place, content);
    return { kind: 'file', name, file: place, size: Buffer.byteLength(content) };
  }

  async function* given(...entries: readonly ArchiveEntry[]): AsyncGenerator<ArchiveEntry> {
    yield* entries;
  }

  async function written(): Promise<string> {
    const into = path.join(folder, 'backup');
    const large = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7919) % 251));
    const entries = given(
      file('layout', '1\n'),
      { kind: 'folder', name: 'git/a.git/refs/heads' },
      file('outputs/empty', ''),
      file('artifacts/aa/large', large),
    );
    const size = await writeArchive(into, { head, entries, signal });
    assert.equal(readFileSync(into).length, size);
    return into;
  }

  function target(): string {
    return mkdtempSync(path.join(folder, 'into-'));
  }

  test('is unpacked as it was, empty folders and files too', async () => {
    const into = target();
    assert.deepEqual(await readArchive(await written(), { folder: into, signal }), head);
    assert.equal(readFileSync(path.join(into, 'layout'), 'utf8'), '1\n');
    assert.equal(readFileSync(path.join(into, 'outputs/empty'), 'utf8'), '');
    assert.deepEqual(readdirSync(path.join(into, 'git/a.git/refs/heads')), []);
    assert.deepEqual(
      readFileSync(path.join(into, 'artifacts/aa/large')),
      readFileSync(path.join(folder, 'from-artifacts-aa-large')),
    );
  });

  test('that is cut off anywhere, or in which a byte was changed, is refused', async () => {
    const whole = readFileSync(await written());
    const broken = path.join(folder, 'broken');
    const step = Math.ceil(whole.length / 40);
    for (let at = 0; at < whole.length; at += step) {
      writeFileSync(broken, whole.subarray(0, at));
      await assert.rejects(
        readArchive(broken, { folder: target(), signal }),
        { code: 'BACKUP_DAMAGED' },
        `cut at ${at}`,
      );
      const changed = Buffer.from(whole);
      changed.writeUInt8(whole.readUInt8(at) ^ 0xff, at);
      writeFileSync(broken, changed);
      await assert.rejects(
        readArchive(broken, { folder: target(), signal }),
        { code: 'BACKUP_DAMAGED' },
        `changed at ${at}`,
      );
    }
    writeFileSync(broken, whole.subarray(0, whole.length - 1));
    await assert.rejects(readArchive(broken, { folder: target(), signal }), { code: 'BACKUP_DAMAGED' });
  });

  interface Made {
    readonly name: string;
    readonly type?: 'file' | 'symlink' | 'directory';
    readonly content?: string;
  }

  async function crafted(...entries: readonly Made[]): Promise<string> {
    const archive = pack();
    for (const { name, type = 'file', content = '' } of entries)
      archive.entry({ name, type, ...(type === 'symlink' ? { linkname: '/etc' } : {}) }, content);
    archive.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of archive as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
    const into = path.join(folder, 'crafted');
    writeFileSync(into, zstdCompressSync(Buffer.concat(chunks)));
    return into;
  }

  test('that holds what no home has is refused, and nothing lies outside its folder', async () => {
    const first = { name: 'dozen-backup.json', content: JSON.stringify({ format: 1, ...head }) };
    const last = { name: 'digests.json', content: '{"files":{}}' };
    const hostile: readonly (readonly Made[])[] = [
      [{ name: 'layout', content: '1' }],
      [first],
      [first, { name: '../outside', content: 'x' }, last],
      [first, { name: '/tmp/outside', content: 'x' }, last],
      [first, { name: 'store/../../outside', content: 'x' }, last],
      [first, { name: 'run/token', content: 'x' }, last],
      [first, { name: 'store/link', type: 'symlink' }, last],
      [first, { name: 'store/more', content: 'x' }, last],
      [first, last, { name: 'store/more', content: 'x' }],
      [first, { name: 'store/a', content: 'x' }, { name: 'store/a', content: 'y' }, last],
      [{ ...first, content: '{"format":2}' }, last],
      [first, { ...last, content: `{"files":{"store/gone":"${'0'.repeat(64)}"}}` }],
    ];
    for (const entries of hostile) {
      const into = target();
      const said = JSON.stringify(entries);
      await assert.rejects(
        readArchive(await crafted(...entries), { folder: into, signal }),
        { code: 'BACKUP_DAMAGED' },
        said,
      );
      assert.ok(!existsSync(path.join(folder, 'outside')) && !existsSync('/tmp/outside'), said);
    }
  });

  test('takes the place of no file, and leaves nothing where it cannot be written', async () => {
    const into = await written();
    await assert.rejects(writeArchive(into, { head, entries: given(), signal }), { code: 'BACKUP_EXISTS' });
    const nowhere = path.join(folder, 'nowhere/backup');
    await assert.rejects(writeArchive(nowhere, { head, entries: given(), signal }), {
      code: 'BACKUP_UNWRITABLE',
    });
    mkdirSync(path.join(folder, 'out'));
    const gone: ArchiveEntry = { kind: 'file', name: 'layout', file: path.join(folder, 'gone'), size: 1 };
    const unread = path.join(folder, 'out/backup');
    await assert.rejects(writeArchive(unread, { head, entries: given(gone), signal }), { code: 'ENOENT' });
    assert.deepEqual(readdirSync(path.join(folder, 'out')), []);
  });
});
