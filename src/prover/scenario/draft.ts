/**
 * A first scenario, by looking at the app. What was seen is filled in, with where it was seen; what cannot be known by looking
 * stands there behind "#", to be completed. Nothing is made up.
 */
import { lstatSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { parseManifest } from '../../factors/02-dependencies/manifest.ts';
import { type Procfile, parseProcfile } from '../../factors/05-build-release-run/procfile.ts';
import { type AppJson, emptyAppJson, parseAppJson } from '../../factors/app-json.ts';
import { policyOf } from '../../factors/process-policy.ts';
import { textOf } from './app-tree.ts';
import { type LikelyRoutes, likelyRoutes, placeOf } from './likely-routes.ts';
import { type Route, type Routes, routesIn } from './routes.ts';
import { isRequestLine, publishedSchemaPath } from './schema.ts';

/** @throws what reading its Procfile, its app.json and its package.json throw */
export function draftScenario(folder: string): string {
  const app = look(folder);
  const sections = [heading, variables, requests, session, config, jobs, admin, accept];
  return `${sections.map((section) => section(app).join('\n')).join('\n\n')}\n`;
}

interface Looked extends Routes {
  readonly procfile: Procfile;
  readonly appJson: AppJson;
  readonly likely: LikelyRoutes;
  /** Commands of package.json, by name. */
  readonly scripts: Readonly<Record<string, unknown>>;
  /** Whether the schema lies where an editor finds it from the folder. */
  readonly hasSchema: boolean;
}

function look(folder: string): Looked {
  const procfile = textOf(folder, 'Procfile');
  const appJson = textOf(folder, 'app.json');
  const seen = routesIn(folder);
  return {
    procfile: procfile === null ? { processTypes: {}, release: null } : parseProcfile(procfile),
    appJson: appJson === null ? emptyAppJson() : parseAppJson(appJson),
    scripts: scriptsOf(textOf(folder, 'package.json')),
    ...seen,
    likely: likelyRoutes(seen.routes),
    hasSchema: lstatSync(path.join(folder, publishedSchemaPath), { throwIfNoEntry: false }) !== undefined,
  };
}

function scriptsOf(manifest: string | null): Readonly<Record<string, unknown>> {
  if (manifest === null) return {};
  parseManifest(manifest);
  const { scripts } = JSON.parse(manifest.replace(/^\uFEFF/, '')) as {
    readonly scripts?: Readonly<Record<string, unknown>>;
  };
  return scripts ?? {};
}

function heading({ hasSchema, cut }: Looked): string[] {
  return [
    ...(hasSchema ? [`# yaml-language-server: $schema=${publishedSchemaPath}`] : []),
    '# What this app does, for "dozen check". Everything is optional: what is not said may be unproven.',
    '# {token} stands for a text that is new in every run. Patterns are regular expressions of RE2.',
    ...(cut ? ['# The app has more source files than were read: routes may be missing below.'] : []),
  ];
}

function variables({ appJson }: Looked): string[] {
  const asked = appJson.variables
    .filter(({ source }) => source.kind === 'given' && source.required)
    .slice(0, 20);
  return [
    '# Values for the check, over those of app.json. Secrets belong into a file that is not committed.',
    ...(asked.length === 0
      ? ['# env: { MAIL_URL: "smtp://localhost:2525" }']
      : [
          '# app.json requires what stands here and brings no value:',
          '# env:',
          ...asked.map(({ name }) => `#   ${name}: "…"`),
        ]),
    '# env-file: .env.check',
    '# start-within: 60s',
  ];
}

function requests(app: Looked): string[] {
  const cheap = cheapOf(app);
  const all = [
    '  # Answers fast and changes nothing.',
    ...(cheap === null
      ? ['  # cheap: GET /healthz']
      : [`  cheap: ${scalar(cheap.request)}  # ${cheap.seen}`]),
    '',
    ...writing(app),
    '',
    ...reading(app),
    '',
    '  # A request that lasts: by: itself, by: body (sent in two halves), or by: lock with a table of PostgreSQL or MariaDB.',
    '  # slow: { of: write, by: body }',
    '',
    '  # Makes the app fail with a stack trace.',
    '  # fail: GET /debug/fail',
  ];
  return [cheap === null ? '# requests:' : 'requests:', ...all];
}

interface SeenRequest {
  readonly request: string;
  readonly seen: string;
}

function cheapOf({ appJson, likely }: Looked): SeenRequest | null {
  const web = policyOf(appJson.policies, 'web').readiness;
  const health = web.kind === 'listens' ? web.healthPath : null;
  if (health !== null && isRequestLine(`GET ${health}`))
    return { request: `GET ${health}`, seen: 'app.json: the health path of web' };
  if (likely.cheap === null) return null;
  return { request: `GET ${likely.cheap.path}`, seen: placeOf(likely.cheap) };
}

function writing({ routes, likely }: Looked): string[] {
  const writes = routes.filter(({ method }) => ['POST', 'PUT', 'PATCH'].includes(method));
  return [
    '  # Writes something that has {token} in it. Say what its form or its json holds, and what the status is;',
    '  # or "write: none", where no request writes anything.',
    ...listed(writes),
    '  # write:',
    `  #   request: POST ${likely.write?.path ?? '/entries'}`,
    '  #   form: { message: "{token}" }',
    '  #   status: 303',
    ...(likely.signIn === null ? [] : ['  #   signed-in: true']),
  ];
}

function reading({ routes, likely }: Looked): string[] {
  const gets = routes.filter(({ method }) => method === 'GET');
  return [
    '  # Shows what write wrote.',
    ...listed(gets),
    `  # read: { request: GET ${likely.read?.path ?? '/entries'}, matches: "{token}"${likely.signIn === null ? '' : ', signed-in: true'} }`,
  ];
}

const shownRoutes = 20;

function listed(routes: readonly Route[]): string[] {
  if (routes.length === 0) return [];
  const lines = routes.slice(0, shownRoutes).map((route) => {
    const prefix = route.certain ? '' : ', perhaps behind a prefix';
    return `  #   ${route.method} ${route.path}  (${placeOf(route)}${prefix})`;
  });
  const more = routes.length > shownRoutes ? [`  #   and ${routes.length - shownRoutes} more`] : [];
  return ['  # Seen:', ...lines, ...more];
}

function session({ likely: { signIn, whoAmI } }: Looked): string[] {
  return behindHash([
    'A visitor whom the app remembers by a cookie. A request with "signed-in: true" is sent as this visitor.',
    ...(signIn === null ? [] : [`Seen: POST ${signIn.path} (${placeOf(signIn)})`]),
    'session:',
    `  begin: { request: POST ${signIn?.path ?? '/login'}, form: { name: dozen } }`,
    `  check: { request: GET ${whoAmI?.path ?? '/me'}, matches: dozen }`,
  ]);
}

function config({ appJson }: Looked): string[] {
  const seen = appJson.variables.filter(({ source }) => source.kind === 'default').map(({ name }) => name);
  return behindHash([
    'A variable whose value can be seen in an answer.',
    ...(seen.length === 0 ? [] : [`app.json has ${seen.slice(0, 20).join(', ')}.`]),
    'config:',
    `  - variable: ${seen[0] ?? 'TITLE'}`,
    '    value: "Proof {token}"',
    '    request: GET /',
    '    matches: "Proof {token}"',
    '  # Or in a line of the log:',
    `  - { variable: LOG_LEVEL, value: debug, request: GET /, line: '"level":"debug"' }`,
  ]);
}

function jobs({ procfile }: Looked): string[] {
  const types = Object.keys(procfile.processTypes).filter((type) => type !== 'web');
  return behindHash([
    'Work that another process type does.',
    ...(types.length === 0 ? [] : [`The Procfile has ${types.slice(0, 20).join(', ')}.`]),
    'jobs:',
    `  worker: ${types[0] ?? 'worker'}`,
    '  enqueue: write',
    '  done: { request: GET /jobs.json, matches: \'"name":"{token}","state":"done"\' }',
    '  # A line of the worker for each job it has done, and one when it has taken one:',
    "  # done-line: 'job done'",
    "  # taken-line: 'job taken'",
    '  # Variables that make a job last:',
    '  # slow-env: { JOB_DELAY_MS: "60000" }',
  ]);
}

function admin({ procfile, appJson, scripts }: Looked): string[] {
  const repeated = [
    ...(procfile.release === null
      ? []
      : [{ command: procfile.release, seen: 'Procfile: runs at every release' }]),
    ...appJson.schedules.map(({ command }) => ({ command, seen: 'app.json: runs by a schedule' })),
  ];
  const others = Object.keys(scripts)
    .slice(0, 200)
    .filter((name) => /^[\w:.-]{1,100}$/.test(name) && /migrat|seed|(?:^|:)db(?::|$)|prune|clean/.test(name));
  const candidates = others.map((name) => `#   - npm run ${name}`);
  const unsure =
    candidates.length === 0 ? [] : ['# package.json has these; are they safe to run twice?', ...candidates];
  const title = '# Admin commands that may be run twice.';
  const commands = unique(repeated);
  if (commands.length === 0) return [title, ...unsure, '# admin:', '#   - node migrate.js'];
  return [
    title,
    ...unsure,
    'admin:',
    ...commands.map(({ command, seen }) => `  - ${scalar(command)}  # ${seen}`),
  ];
}

function unique<T extends { readonly command: string }>(all: readonly T[]): readonly T[] {
  return all
    .filter(({ command }) => command.length <= 1000)
    .filter(({ command }, index) => all.findIndex((other) => other.command === command) === index)
    .slice(0, 20);
}

function accept(): string[] {
  return behindHash([
    'Broken findings that are accepted for now, by the id that the report has.',
    'accept:',
    '  - probe: logs/writes-no-log-files',
    '    reason: Why it is so for now.',
    '    until: 2027-03-01',
  ]);
}

function behindHash(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '#' : `# ${line}`));
}

/** A text as a value of YAML, in one line. */
function scalar(text: string): string {
  return stringify(text, { lineWidth: 0, defaultStringType: 'PLAIN', blockQuote: false }).trimEnd();
}
