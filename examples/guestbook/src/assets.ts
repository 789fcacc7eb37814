import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

export interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
  /** Digest of the body. An address that names it may be cached for ever. */
  readonly version: string;
}

export type AssetName = 'style.css' | 'live.js' | 'favicon.svg';
export type Assets = Readonly<Record<AssetName, Asset>>;

/** Reads the static files once; they are few and small. */
export const loadAssets = (): Assets => ({
  'style.css': load('style.css', 'text/css; charset=utf-8'),
  'live.js': load('live.js', 'text/javascript; charset=utf-8'),
  'favicon.svg': load('favicon.svg', 'image/svg+xml'),
});

const load = (name: AssetName, type: string): Asset => {
  const body = new Uint8Array(readFileSync(path.join(import.meta.dirname, '../public', name)));
  return { body, type, version: createHash('sha256').update(body).digest('hex').slice(0, 12) };
};
