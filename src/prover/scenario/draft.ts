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
import { declaredBy } from './declares.ts';
import { type KnownApp, knownApp } from './known-app.ts';
import { placeOf } from './likely-routes.ts';
import type { Route } from './route.ts';
import { type Routes, routesIn } from './routes.ts';
import { isRequestLine, publishedSchemaPath, type RequestForm } from './schema.ts';
import {
  bearerHeader,
  donePattern,
  doneWords,
  lineOf,
  seenAt,
  sessionFor,
  shownAt,
  writeFor,
} from './suggestions.ts';

/** @throws what reading its Procfile, its app.json and its package.json throw */
export function draftScenario(folder: string): string {
  const app = look(folder);
  const sections = [heading, variables, requests, session, config, jobs, admin, accept];
  return `${sections.map((section) => section(app).join('\n')).join('\n\n')}\n`;
}

interface Looked extends Routes {
  readonly procfile: Procfile;
  readonly appJson: AppJson;
  readonly known: KnownApp;
  /** Commands of package.json, by name. */
  readonly scripts: Readonly<Record<string, unknown>>;
  /** Whether the schema lies where an editor finds it from the folder. */
  readonly hasSchema: boolean;
}

function look(folder: string): Looked {
  const procfile = textOf(folder, 'Procfile');
  const text = textOf(folder, 'app.json');
  const appJson = text === null ? emptyAppJson() : parseAppJson(text);
  const seen = routesIn(folder);
  return {
    procfile: procfile === null ? { processTypes: {}, release: null } : parseProcfile(procfile),
    appJson,
    scripts: scriptsOf(textOf(folder, 'package.json')),
    ...seen,
    known: knownApp({ seen, declares: declaredBy(appJson), said: null }),
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
  const { fail } = app.known.likely;
  const all = [
    '  # Answers fast and changes nothing.',
    ...(cheap === null
      ? [`  # cheap: GET /healthz  # ${seenAt(null)}`]
      : [`  cheap: ${scalar(cheap.request)}  # ${cheap.seen}`]),
    '',
    ...writing(app),
    '',
    ...reading(app),
    '',
    ...lasting(app),
    '',
    '  # Makes the app fail with a stack trace.',
    `  # fail: ${lineOf(fail) ?? 'GET /debug/fail'}  # ${seenAt(fail)}`,
  ];
  return [cheap === null ? '# requests:' : 'requests:', ...all];
}

interface SeenRequest {
  readonly request: string;
  readonly seen: string;
}

function cheapOf({ appJson, known: { likely } }: Looked): SeenRequest | null {
  const web = policyOf(appJson.policies, 'web').readiness;
  const health = web.kind === 'listens' ? web.healthPath : null;
  if (health !== null && isRequestLine(`GET ${health}`))
    return { request: `GET ${health}`, seen: 'app.json: the health path of web' };
  if (likely.cheap === null) return null;
  return { request: `GET ${likely.cheap.path}`, seen: placeOf(likely.cheap) };
}

function writing({ routes, known }: Looked): string[] {
  const { write } = known.likely;
  const writes = routes.filter(({ method }) => ['POST', 'PUT', 'PATCH'].includes(method));
  return [
    '  # Writes something that has {token} in it. Correct what its form or its json holds. Without status, any below 400',
    '  # is right. Where no request writes anything: "write: none".',
    ...listed(writes),
    ...request('write', { ...writeFor(write, known, '/entries'), ...signedIn(known) }, write),
  ];
}

function reading({ routes, known }: Looked): string[] {
  const { read } = known.likely;
  const gets = routes.filter(({ method }) => method === 'GET');
  const form = { request: lineOf(read) ?? 'GET /entries', matches: '{token}', ...signedIn(known) };
  return ['  # Shows what write wrote.', ...listed(gets), ...request('read', form, read)];
}

function request(name: string, form: RequestForm, route: Route | null): string[] {
  const { request: line, ...others } = form;
  return [
    `  # ${name}:`,
    `  #   request: ${scalar(line)}  # ${seenAt(route)}`,
    ...Object.entries(others).map(([key, value]) => `  #   ${key}: ${inLine(value)}`),
  ];
}

function lasting({ known: { likely, tables } }: Looked): string[] {
  const table = tables ? (likely.write?.handler.table ?? null) : null;
  const slow = table === null ? { of: 'write', by: 'body' } : { of: 'write', by: 'lock', table };
  return [
    '  # A request that lasts: by: itself, by: body (sent in two halves), or by: lock with a table of PostgreSQL or MariaDB.',
    `  # slow: ${inLine(slow)}`,
  ];
}

/** What a request needs that only a visitor may send; nothing where no visitor is known. */
function signedIn({ likely: { signIn }, ways: { bearer } }: KnownApp): Partial<RequestForm> {
  if (signIn === null && !bearer) return {};
  return { 'signed-in': true, ...(bearer ? { headers: bearerHeader('bearer') } : {}) };
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

function session({ known }: Looked): string[] {
  const { signUp, signIn, whoAmI } = known.likely;
  const { 'sign-up': account, begin, keeps, check } = sessionFor(known);
  const how = known.ways.bearer ? 'a token that it is given, and sends along' : 'a cookie';
  return behindHash([
    `A visitor whom the app knows by ${how}. A request with "signed-in: true" is sent as this visitor.`,
    'session:',
    ...(account === undefined ? [] : [`  sign-up: ${inLine(account)}  # ${seenAt(signUp)}`]),
    `  begin: ${inLine(begin)}  # ${seenAt(signIn)}`,
    ...(keeps === undefined ? [] : [`  keeps: ${inLine(keeps)}  # from the answer to begin`]),
    `  check: ${inLine(check)}  # ${seenAt(whoAmI)}`,
  ]);
}

function config({ appJson, known: { shown, ways, likely } }: Looked): string[] {
  const names = appJson.variables.filter(({ source }) => source.kind === 'default').map(({ name }) => name);
  const page = shown?.page ?? likely.cheap;
  return behindHash([
    'A variable whose value can be seen in an answer.',
    ...(names.length === 0 ? [] : [`app.json has ${names.slice(0, 20).join(', ')}.`]),
    'config:',
    `  - variable: ${shown?.variable ?? 'TITLE  # no variable with a text was seen: write its name here'}`,
    '    value: "Proof {token}"',
    `    request: ${lineOf(page) ?? 'GET /'}  # ${shownAt(page, shown?.sure === true)}`,
    '    matches: "Proof {token}"',
    ...(ways.debugLine === null
      ? []
      : [
          '  # Or in a line of the log:',
          `  - ${inLine({ variable: 'LOG_LEVEL', value: 'debug', request: lineOf(likely.cheap) ?? 'GET /', line: ways.debugLine })}`,
        ]),
  ]);
}

function jobs({ procfile, known: { likely } }: Looked): string[] {
  const types = Object.keys(procfile.processTypes).filter((type) => type !== 'web');
  const [worker] = types;
  const done = { request: lineOf(likely.jobs) ?? 'GET /jobs', matches: donePattern };
  return behindHash([
    'Work that another process type does.',
    ...(types.length === 0 ? [] : [`The Procfile has ${types.slice(0, 20).join(', ')}.`]),
    'jobs:',
    `  worker: ${worker === undefined ? 'worker  # the Procfile has no such process type' : scalar(worker)}`,
    '  enqueue: write',
    `  # ${doneWords}:`,
    `  done: ${inLine(done)}  # ${seenAt(likely.jobs)}`,
    '  # A line of the worker for each job it has done, and one when it has taken one:',
    "  # done-line: 'job done'",
    "  # taken-line: 'job taken'",
    '  # A variable of yours that makes a job last:',
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

/** A value of YAML, in one line. */
function inLine(value: unknown): string {
  return stringify(value, { lineWidth: 0, collectionStyle: 'flow' }).trimEnd();
}

/** A text as a value of YAML, in one line. */
function scalar(text: string): string {
  return stringify(text, { lineWidth: 0, defaultStringType: 'PLAIN', blockQuote: false }).trimEnd();
}
