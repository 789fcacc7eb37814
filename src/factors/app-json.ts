/**
 * What an app declares in its `app.json`: Heroku's file, and under the key `dozen` what Heroku has no word for.
 *
 * ```json
 * {
 *   "name": "Guestbook",
 *   "addons": ["postgres:18", { "plan": "redis", "as": "CACHE" }],
 *   "env": { "GREETING": "Hello", "SESSION_KEY": { "generator": "secret" } },
 *   "formation": { "web": { "quantity": 2 } },
 *   "scripts": { "postdeploy": "node seed.js" },
 *   "dozen": {
 *     "processes": {
 *       "web": { "health": "/health", "readyTimeout": 30, "memory": "256MB" },
 *       "worker": { "stop": { "signal": "SIGINT", "grace": 60 }, "replacement": "one-by-one" }
 *     },
 *     "schedule": [{ "name": "tidy", "command": "node tidy.js", "cron": "0 3 * * *", "timezone": "Europe/Berlin" }]
 *   }
 * }
 * ```
 *
 * Other keys on Heroku's side are Heroku's business and left alone; an unknown key under `dozen` is refused, for it can
 * only be a slip. Each section is read by the room whose law it is.
 */
import { userError } from '../base/error.ts';
import { documentPlace, type Fields, fields, optional, type Shape, text } from '../base/shape.ts';
import { type VariableNeed, variableNeeds } from './03-config/variable-need.ts';
import type { ServiceNeed } from './04-backing-services/service.ts';
import { serviceNeeds } from './04-backing-services/service-need.ts';
import { command } from './05-build-release-run/command.ts';
import { declaredFormation, type Formation } from './08-concurrency/formation.ts';
import { type Schedule, schedules } from './12-admin-processes/schedule.ts';
import { type ProcessPolicies, processPolicies } from './process-policy.ts';

export interface AppJson {
  /** For people; not the name of an app. */
  readonly name: string | null;
  readonly services: readonly ServiceNeed[];
  readonly variables: readonly VariableNeed[];
  /** Only the types it names. */
  readonly formation: Formation;
  /** The command that runs once, after the first deploy. */
  readonly postdeploy: string | null;
  /** Only the types it names; `policyOf` knows the others. */
  readonly policies: ProcessPolicies;
  readonly schedules: readonly Schedule[];
}

/** Bytes. */
export const appJsonLimit = 1024 * 1024;

/** @throws APP_JSON_TOO_LARGE, APP_JSON_INVALID */
export function parseAppJson(source: string): AppJson {
  const bytes = new TextEncoder().encode(source).length;
  if (bytes > appJsonLimit) {
    throw userError(
      'APP_JSON_TOO_LARGE',
      `Cannot read app.json: ${bytes} bytes are over the limit of ${appJsonLimit}`,
      { hint: 'Keep in app.json what declares the app, and nothing else' },
    );
  }
  return assembled(
    document(
      parseJson(source),
      documentPlace((complaint) => invalid(complaint)),
    ),
  );
}

/** What an app without an `app.json` declares. */
export function emptyAppJson(): AppJson {
  return parseAppJson('{}');
}

const postdeploy: Shape<string> = (value, place) =>
  typeof value === 'string'
    ? command(value, place)
    : fields({ command }, { others: 'ignored' })(value, place).command;

const sections = {
  name: optional(
    text('a text of at most 200 characters', (name) => name.length <= 200),
    null,
  ),
  addons: optional(serviceNeeds, []),
  env: optional(variableNeeds, []),
  formation: optional(declaredFormation, Object.freeze(Object.create(null)) as Formation),
  scripts: optional(fields({ postdeploy: optional(postdeploy, null) }, { others: 'ignored' }), {
    postdeploy: null,
  }),
  dozen: optional(
    fields(
      {
        processes: optional(processPolicies, new Map() as ProcessPolicies),
        schedule: optional(schedules, []),
      },
      { others: 'refused' },
    ),
    { processes: new Map() as ProcessPolicies, schedule: [] },
  ),
};

const document = fields(sections, { others: 'ignored' });

function assembled(read: Fields<typeof sections>): AppJson {
  return {
    name: read.name,
    services: read.addons,
    variables: read.env,
    formation: read.formation,
    postdeploy: read.scripts.postdeploy,
    policies: read.dozen.processes,
    schedules: read.dozen.schedule,
  };
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw invalid(`not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function invalid(complaint: string, cause?: unknown): Error {
  return userError('APP_JSON_INVALID', `Cannot read app.json: ${complaint}`, {
    hint: 'Correct app.json at the place named, commit, and deploy again',
    cause,
  });
}
