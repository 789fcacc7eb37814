import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Built, putSource, type SourceUrls, tarballOf } from '../api/source-answers.ts';
import { eventually, get, helloFiles, makeApp, pidsOf, write } from '../parts/platform-run.ts';
import { cli, cliJson, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';

describe('builds of source that was sent', { timeout: 240_000 }, () => {
  let run: ServerRun;
  let folder: string;

  before(async () => {
    run = await startServer();
    folder = makeApp(helloFiles);
    await cli(run.home, ['apps', 'create', 'hello']);
  });
  after(() => removeServer(run));

  async function ask<T>(
    call: string,
    body?: unknown,
  ): Promise<{ status: number; answer: T & { code?: string } }> {
    const [method = '', target = ''] = call.split(' ');
    const response = await fetch(new URL(target, run.apiUrl), {
      method,
      headers: { Authorization: `Bearer ${run.token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, answer: (await response.json()) as T & { code?: string } };
  }

  const urls = async (): Promise<SourceUrls['source_blob']> =>
    (await ask<SourceUrls>('POST /sources')).answer.source_blob;
  const sent = async (bytes: Buffer): Promise<string> => {
    const { get_url, put_url } = await urls();
    assert.equal((await putSource(put_url, bytes)).status, 200);
    return get_url;
  };
  const build = (source_blob: object, more: object = {}) =>
    ask<Built>('POST /apps/hello/builds', { source_blob, ...more });
  const ended = async ({ id }: Built): Promise<Built> => {
    let found: Built | null = null;
    await eventually(
      async () => {
        found = (await ask<Built>(`GET /apps/hello/builds/${id}`)).answer;
        return found.status !== 'pending' && (found.status === 'failed' || found.release !== null);
      },
      { what: 'the build has ended' },
    );
    return found ?? assert.fail();
  };

  test('it is built, told while it is built, and served', async () => {
    const bytes = tarballOf(folder);
    const checksum = `SHA256:${createHash('sha256').update(bytes).digest('hex')}`;
    const { status, answer } = await build({ url: await sent(bytes), version: 'v1.3.0', checksum });
    assert.equal(status, 201, JSON.stringify(answer));
    assert.equal(answer.status, 'pending');
    assert.equal(answer.source_blob.version_description, 'v1.3.0');
    assert.match(await (await fetch(answer.output_stream_url)).text(), /slug \d/);
    assert.equal((await ended(answer)).status, 'succeeded');
    const url = `http://hello.localhost:${run.routerPort}/`;
    await eventually(async () => (await get(url)).text.startsWith('one web.1'), { what: 'it serves' });
    const [newest] = await cliJson<{ description: string }[]>(run.home, ['releases', '-a', 'hello']);
    assert.match(newest?.description ?? '', /^Deploy /);
  });

  test('what was sent is there for the next control, and can be built again', async () => {
    write(folder, { 'version.js': "module.exports = 'two';\n" });
    const url = await sent(tarballOf(folder));
    for (const pid of pidsOf(run.home, 'control')) process.kill(pid, 'SIGKILL');
    assert.equal((await cli(run.home, ['ps', '-a', 'hello'])).status, 0);
    assert.equal((await ended((await build({ url })).answer)).status, 'succeeded');
    assert.equal((await build({ url })).status, 201);
    const left = (): string[] =>
      readdirSync(path.join(run.home, 'builds')).filter((name) => name.includes('-upload-'));
    await eventually(async () => left().length === 0, { what: 'no file of a build is left' });
  });

  test('a slug of before is released again by its id, with the config of now', async () => {
    const releases = (
      await ask<{ version: number; slug: { id: string } | null }[]>('GET /apps/hello/releases')
    ).answer;
    const first = releases.find(({ version }) => version === 1);
    await cli(run.home, ['config', 'set', 'GREETING=now', '-a', 'hello']);
    const released = await ask<{ version: number; description: string; slug: { id: string } }>(
      'POST /apps/hello/releases',
      { slug: first?.slug?.id, description: 'Once more\nand again' },
    );
    assert.equal(released.status, 201, JSON.stringify(released.answer));
    assert.equal(released.answer.description, 'Once more');
    assert.equal(released.answer.slug.id, first?.slug?.id);
    const url = `http://hello.localhost:${run.routerPort}/`;
    await eventually(async () => (await get(url)).text.startsWith('one web.1'), { what: 'it serves' });
    const { GREETING } = await cliJson<Record<string, string>>(run.home, ['config', '-a', 'hello']);
    assert.equal(GREETING, 'now');
    await cli(run.home, ['apps', 'create', 'other']);
    const foreign = await ask('POST /apps/other/releases', { slug: first?.slug?.id });
    assert.deepEqual([foreign.status, foreign.answer.code], [404, 'SLUG_UNKNOWN']);
    const nothing = await ask('POST /apps/hello/releases', { description: 'x' });
    assert.deepEqual([nothing.status, nothing.answer.code], [400, 'REQUEST_INVALID']);
  });

  test('what does not build fails as a build, with its reason in the output', async () => {
    const manifest = JSON.stringify({
      name: 'hello',
      version: '1.0.0',
      scripts: { build: 'echo trying; exit 3' },
    });
    const broken = makeApp({ ...helloFiles, 'package.json': manifest });
    const { status, answer } = await build({ url: await sent(tarballOf(broken)) });
    assert.equal(status, 201, JSON.stringify(answer));
    assert.equal((await ended(answer)).status, 'failed');
    assert.match(await (await fetch(answer.output_stream_url)).text(), /trying\n(.*\n)*.*\(BUILD_FAILED\)/);
  });

  test('what cannot be built is refused with a code', async () => {
    const url = await sent(tarballOf(folder));
    const unsent = (await urls()).get_url;
    const put = (await urls()).put_url;
    const junk = await sent(Buffer.from('no tarball'));
    const cases: [object, object, number, string][] = [
      [{ url: 'https://example.org/source.tgz' }, {}, 422, 'SOURCE_URL_REFUSED'],
      [{ url: 'file:///etc/passwd' }, {}, 422, 'SOURCE_URL_REFUSED'],
      [{ url: `${run.apiUrl}/dozen/v1/sources/../../../etc/passwd` }, {}, 422, 'SOURCE_URL_REFUSED'],
      [{ url: `${url}x` }, {}, 404, 'LINK_UNKNOWN'],
      [{ url: put }, {}, 404, 'LINK_UNKNOWN'],
      [{ url: unsent }, {}, 404, 'SOURCE_UNKNOWN'],
      [{ url, checksum: `SHA256:${'0'.repeat(64)}` }, {}, 422, 'SOURCE_CHECKSUM_WRONG'],
      [{ url, checksum: 'md5:1' }, {}, 422, 'SOURCE_CHECKSUM_WRONG'],
      [{ url }, { buildpacks: [{ url: 'heroku/nodejs' }] }, 422, 'BUILDPACKS_REFUSED'],
      [{ url: junk }, {}, 422, 'TARBALL_UNREADABLE'],
      [{}, {}, 400, 'REQUEST_INVALID'],
    ];
    for (const [blob, more, status, code] of cases) {
      const got = await build(blob, more);
      assert.deepEqual([got.status, got.answer.code], [status, code], JSON.stringify([blob, got.answer]));
    }
  });

  test('a URL to send to takes one source, from whoever has it, and gives none', async () => {
    const { get_url, put_url } = await urls();
    const codeOf = async (response: Response): Promise<string> =>
      `${response.status} ${((await response.json()) as { code: string }).code}`;
    assert.equal(await codeOf(await fetch(get_url)), '404 SOURCE_UNKNOWN');
    assert.equal(await codeOf(await putSource(get_url, Buffer.from('x'))), '404 LINK_UNKNOWN');
    assert.equal((await putSource(put_url, Buffer.from('x'))).status, 200);
    assert.equal(await codeOf(await putSource(put_url, Buffer.alloc(5_000_000))), '409 SOURCE_TAKEN');
    assert.equal(await codeOf(await fetch(put_url)), '404 LINK_UNKNOWN');
    assert.equal(await (await fetch(get_url)).text(), 'x');
    const page = { Origin: 'https://evil.example' };
    assert.equal(await codeOf(await fetch(get_url, { headers: page })), '403 ORIGIN_REFUSED');
  });
});
