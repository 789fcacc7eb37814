/** Where a static site's files lie and how they are to be served: `static.json`, else where an `index.html` is. */
import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { userError } from '../../base/error.ts';
import type { BuildWarning } from '../builder.ts';
import { hasFile } from '../folder.ts';

export interface Site {
  /** Relative to the app's folder, `.` for itself. */
  readonly root: string;
  /** A file of the root that answers for every page that is none. */
  readonly single: string | null;
  /** A file of the root, the page of a 404. */
  readonly notFound: string | null;
  readonly warnings: readonly BuildWarning[];
}

/** Null where there is no site. @throws STATIC_JSON_INVALID */
export function findSite(app: string): Site | null {
  if (hasFile(app, 'static.json')) return readSettings(app);
  const root = folders.find((folder) => hasFile(path.join(app, folder), 'index.html'));
  return root === undefined ? null : { root, single: null, notFound: null, warnings: [] };
}

const folders = ['.', 'public', 'dist', 'public_html'];

/** What Heroku's static buildpack reads, as far as it is supported; the rest is named in a warning. */
function readSettings(app: string): Site {
  const settings = parse(readFileSync(path.join(app, 'static.json'), 'utf8'));
  const root = path.posix.normalize(textOf(settings, 'root') ?? 'public_html').replace(/\/$/, '');
  const inside = root !== '..' && !root.startsWith('../') && !path.posix.isAbsolute(root);
  if (!inside || !isFolder(path.join(app, root))) {
    throw invalid(`root: ${JSON.stringify(root)} is no folder of the app`);
  }
  const unknown = Object.keys(settings).filter((name) => !known.has(name));
  const message = `static.json: not supported and left out: ${unknown.join(', ')}`;
  return {
    root,
    single: singleOf(settings.routes),
    notFound: fileOf(settings, 'error_page'),
    warnings: unknown.length === 0 ? [] : [{ code: 'STATIC_SETTING_IGNORED', message }],
  };
}

/** `clean_urls` is how every site is served. */
const known = new Set(['root', 'routes', 'error_page', 'clean_urls']);

function singleOf(routes: unknown): string | null {
  if (routes === undefined) return null;
  const entries = typeof routes === 'object' && routes !== null ? Object.entries(routes) : [];
  const [pattern, file] = entries[0] ?? [];
  if (entries.length === 1 && pattern === '/**' && typeof file === 'string') return inRoot(file, 'routes');
  throw invalid('routes: expected {"/**": "index.html"}, the one form that is supported');
}

function fileOf(settings: Readonly<Record<string, unknown>>, name: string): string | null {
  const file = textOf(settings, name);
  return file === null ? null : inRoot(file, name);
}

function inRoot(file: string, name: string): string {
  const place = path.posix.normalize(file.replace(/^\//, ''));
  if (/^[A-Za-z0-9._/-]+$/.test(place) && !place.startsWith('..') && !place.startsWith('-')) return place;
  throw invalid(`${name}: ${JSON.stringify(file)} is not a name of letters, digits, ".", "_", "-" and "/"`);
}

function textOf(settings: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = settings[name];
  if (value === undefined) return null;
  if (typeof value === 'string') return value;
  throw invalid(`${name}: expected a text, got ${JSON.stringify(value)}`);
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  } catch (cause) {
    throw invalid('not JSON', cause);
  }
  throw invalid('expected an object');
}

function isFolder(folder: string): boolean {
  return lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
}

function invalid(why: string, cause?: unknown): Error {
  return userError('STATIC_JSON_INVALID', `Cannot read static.json: ${why}`, {
    hint: 'Correct static.json at the place named, and commit it',
    cause,
  });
}
