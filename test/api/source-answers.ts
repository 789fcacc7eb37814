/** Source sent and built, asked with everything in order. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Works } from './stream-answers.ts';

export interface SourceUrls {
  readonly source_blob: { readonly get_url: string; readonly put_url: string };
}

export interface Built {
  readonly id: string;
  readonly status: string;
  readonly output_stream_url: string;
  readonly source_blob: { readonly version: string | null; readonly version_description: string | null };
  readonly release: { readonly id: string } | null;
}

/** The folder as a gzipped tarball. */
export function tarballOf(folder: string): Buffer {
  const place = mkdtempSync(path.join(tmpdir(), 'dozen-tarball-'));
  const file = path.join(place, 'source.tar.gz');
  const { status, stderr } = spawnSync('tar', ['-czf', file, '--exclude=.git', '-C', folder, '.'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const bytes = readFileSync(file);
  rmSync(place, { recursive: true });
  return bytes;
}

/** As programs do that know no types: without any. */
export async function putSource(url: string, bytes: Buffer): Promise<Response> {
  return fetch(url, { method: 'PUT', body: new Uint8Array(bytes) });
}

/** @param folder of an app that builds */
export async function askSources(works: Works, app: string, folder: string): Promise<void> {
  await works('POST /apps/:app/sources', `POST /apps/${app}/sources`);
  const { source_blob: urls } = (await works('POST /sources')) as SourceUrls;
  const bytes = tarballOf(folder);
  const put = await putSource(urls.put_url, bytes);
  assert.equal(put.status, 200, await put.text());
  const got = await fetch(urls.get_url);
  assert.equal(Buffer.compare(Buffer.from(await got.arrayBuffer()), bytes), 0);
  const commit = 'c'.repeat(40);
  const built = (await works('POST /apps/:app/builds', `POST /apps/${app}/builds`, {
    buildpacks: null,
    source_blob: { url: urls.get_url, version: commit, version_description: 'From afar\nat night' },
  })) as Built;
  assert.equal(built.source_blob.version, commit);
  assert.equal(built.source_blob.version_description, 'From afar');
  const output = await (await fetch(built.output_stream_url)).text();
  assert.match(output, /^build {5}node .* slug /m);
  await works('DELETE /apps/:app/build-cache', `DELETE /apps/${app}/build-cache`);
}
