/** What Heroku has no word for, beside it under one versioned prefix. */
import Type from 'typebox';
import type { Deploy } from '../../factors/10-dev-prod-parity/gap.ts';
import type { DeployEvent } from '../../factors/deploy-event.ts';
import type { Catalogue } from './route.ts';
import { choice, exact, integer, lenient, list, nullable, optional, text, time, truth } from './shapes.ts';

/** Its members are the law's own type: no second copy of them here. */
const deployEvent = Type.Unsafe<DeployEvent>({ type: 'object' });
const deploy = Type.Unsafe<Deploy>({ type: 'object', additionalProperties: true });

export const process = exact({
  process: text,
  type: text,
  instance: text,
  state: text,
  release: nullable(integer),
  pid: nullable(integer),
  port: nullable(integer),
  started_at: time,
  ready_ms: nullable(integer),
  crashes: integer,
  exit: nullable(text),
});

const ended = exact({
  process: text,
  instance: text,
  release: nullable(integer),
  started_at: time,
  ended_at: time,
  /** In words, e.g. `exit code 1`. */
  exit: text,
  exit_code: nullable(integer),
  signal: nullable(integer),
  out_of_memory: truth,
  asked: truth,
  crashes: integer,
  last_lines: list(text),
});

/** As they count: what app.json declares, with what was set over it. */
const processSettings = exact({
  type: text,
  size: text,
  memory: integer,
  cpu: nullable(Type.Number()),
  signal: text,
  grace_ms: integer,
  replacement: text,
});

const status = exact({
  version: text,
  home: text,
  mode: choice(['up', 'server']),
  router_port: integer,
  /** Where the API listens for TCP, e.g. `http://127.0.0.1:7700`. */
  api: text,
  /** The certificate that it shows over TLS, a file of the platform's machine. */
  certificate: text,
  apps: integer,
  services: integer,
  processes: integer,
  /** Of the process that holds the home, on the platform's machine. */
  parent_pid: integer,
});

export const ownRoutes = {
  'GET /dozen/v1/status': { need: 'read', status: 200, reply: status },
  /** Stops all apps and services, for the operator alone. They start again with the next platform over the home. */
  'POST /dozen/v1/halt': { need: 'write', status: 200, reply: exact({}) },
  /** From a folder of the machine that the platform runs on: for its operator alone. */
  'POST /dozen/v1/deploys': {
    need: 'write',
    body: lenient({
      app: text,
      folder: text,
      from: choice(['commit', 'worktree']),
      env: optional(text),
      new_codebase: optional(truth),
    }),
    item: deployEvent,
  },
  /** What a change has told and tells, to its end. Its name comes with the answer that began it, as `Dozen-Change`. */
  'GET /dozen/v1/changes/:change/events': { need: 'read', item: deployEvent },
  'GET /dozen/v1/apps/:app/processes': { need: 'read', status: 200, reply: list(process) },
  /** How processes of the app have ended, newest first. */
  'GET /dozen/v1/apps/:app/history': { need: 'read', status: 200, reply: list(ended) },
  'GET /dozen/v1/apps/:app/process-settings': { need: 'read', status: 200, reply: list(processSettings) },
  /** A member that is null goes back to what app.json declares. */
  'PATCH /dozen/v1/apps/:app/process-settings/:type': {
    need: 'write',
    body: lenient({
      memory: optional(nullable(integer)),
      cpu: optional(nullable(Type.Number())),
      grace_ms: optional(nullable(integer)),
      signal: optional(nullable(choice(['SIGTERM', 'SIGINT', 'SIGQUIT']))),
      replacement: optional(nullable(choice(['start-first', 'stop-first', 'one-by-one']))),
    }),
    status: 200,
    reply: processSettings,
  },
  /** What parity compares: names and versions, no value of config. */
  'GET /dozen/v1/apps/:app/deploy-facts': { need: 'read', status: 200, reply: deploy },
  'GET /dozen/v1/apps/:app/verify': {
    need: 'read',
    status: 200,
    reply: exact({ holds: truth, version: nullable(integer), why: nullable(text), releases: integer }),
  },
} as const satisfies Catalogue;
