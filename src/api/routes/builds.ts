import Type from 'typebox';
import type { Catalogue } from './route.ts';
import {
  choice,
  exact,
  idRef,
  integer,
  lenient,
  list,
  nameRef,
  nullable,
  optional,
  table,
  text,
  time,
  truth,
  userRef,
  uuid,
} from './shapes.ts';

export const build = exact({
  app: idRef,
  buildpacks: nullable(list(exact({ url: text }))),
  created_at: time,
  id: uuid,
  output_stream_url: text,
  source_blob: exact({
    checksum: nullable(text),
    url: text,
    version: nullable(text),
    version_description: nullable(text),
  }),
  release: nullable(idRef),
  slug: nullable(idRef),
  stack: text,
  status: choice(['failed', 'pending', 'succeeded']),
  updated_at: time,
  user: userRef,
});

const slug = exact({
  blob: exact({ method: text, url: text }),
  buildpack_provided_description: nullable(text),
  checksum: nullable(text),
  commit: nullable(text),
  commit_description: nullable(text),
  created_at: time,
  id: uuid,
  process_types: table(text),
  size: nullable(integer),
  stack: nameRef,
  updated_at: time,
});

/** What a build is known by, with what Heroku has no word for. */
const keptBuild = exact({
  id: uuid,
  status: choice(['running', 'succeeded', 'failed']),
  /** The code of the error it failed with. */
  reason: nullable(text),
  builder: text,
  commit: nullable(text),
  branch: nullable(text),
  author: nullable(text),
  subject: nullable(text),
  /** Whether what was built was other than the commit. */
  worktree: truth,
  user: nullable(text),
  /** The slug's digest. */
  slug: nullable(text),
  size: nullable(integer),
  /** Versions. */
  releases: list(integer),
  /** Whether it can be released: all of its slug is there. */
  kept: truth,
  created_at: time,
  finished_at: nullable(time),
});

/** Of source that was sent to a URL of `POST /sources`. */
const order = lenient({
  buildpacks: optional(nullable(list(lenient({})))),
  source_blob: lenient({
    checksum: optional(nullable(text)),
    url: text,
    version: optional(nullable(text)),
    version_description: optional(nullable(text)),
  }),
});

const output = exact({ text });
const reading = lenient({ follow: optional(text) });

export const buildRoutes = {
  'GET /apps/:app/builds': { need: 'read', status: 200, reply: list(build) },
  'POST /apps/:app/builds': { need: 'write', body: order, status: 201, reply: build },
  /** Builds share what they keep for the next ones: it goes for all apps. */
  'DELETE /apps/:app/build-cache': { need: 'write', status: 202, reply: exact({}) },
  'GET /apps/:app/builds/:build': { need: 'read', status: 200, reply: build },
  'GET /apps/:app/slugs/:slug': { need: 'read', status: 200, reply: slug },
  /** Newest first. */
  'GET /dozen/v1/apps/:app/builds': { need: 'read', status: 200, reply: list(keptBuild) },
  /** By id, by its first characters, or `latest`. */
  'GET /dozen/v1/apps/:app/builds/:build': { need: 'read', status: 200, reply: keptBuild },
  'GET /dozen/v1/apps/:app/builds/:build/output': { need: 'read', query: reading, item: output },
  /** Of `latest`: the newest that has one. */
  'GET /dozen/v1/apps/:app/releases/:release/output': { need: 'read', query: reading, item: output },
  /** CycloneDX. */
  'GET /dozen/v1/apps/:app/builds/:build/sbom': {
    need: 'read',
    status: 200,
    reply: Type.Unsafe<Readonly<Record<string, unknown>>>({ type: 'object', additionalProperties: true }),
  },
} as const satisfies Catalogue;
