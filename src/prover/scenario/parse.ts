/** `dozen.check.yaml`, read: grammar first, then what one value says about another. */
import { variableNameFault, variableNameFaults } from '../../factors/03-config/config.ts';
import { hasControlCharacter } from '../../factors/05-build-release-run/command.ts';
import { nearest, type Path, quoted, type Refuse } from './complaint.ts';
import { sends } from './fill.ts';
import { type RequestReading, readGroup, readName, readPattern, readRequest, tokenName } from './request.ts';
import {
  type AcceptedFinding,
  type ConfigChange,
  emptyScenario,
  type HttpRequest,
  type JobScenario,
  type Scenario,
  type ScenarioRequests,
  type SessionScenario,
  type SlowRequest,
} from './scenario.ts';
import { type Document, namedRequests, none, type RequestForm } from './schema.ts';
import { validated } from './validate.ts';
import { readYaml } from './yaml-document.ts';

export interface ParseOptions {
  /** The file, as complaints name it. */
  readonly where: string;
  /** The ids of all probes; without them any that is well-formed may be accepted. */
  readonly probes?: readonly string[];
}

/** @throws SCENARIO_INVALID with line, column, path and what to type */
export function parseScenario(text: string, { where, probes }: ParseOptions): Scenario {
  const { value, refuse } = readYaml(text, where);
  if (value === undefined || value === null) return emptyScenario;
  const document = validated(value, refuse);
  const kept = document.session === undefined ? null : Object.keys(document.session.keeps ?? {});
  const reading: Reading = { document, refuse, kept };
  const requests = readRequests(reading);
  return {
    env: readVariables(reading, ['env'], document.env),
    envFile: readEnvFileName(reading),
    requests,
    session: readSession(reading),
    config: (document.config ?? []).map((change, index) => readChange(reading, { change, index })),
    jobs: readJobs(reading, requests),
    admin: (document.admin ?? []).map((command, index) => readCommand(reading, { command, index })),
    startMs: readStart(reading),
    accept: readAccepted(reading, probes),
  };
}

/** A scenario's document, as it is written; null: nothing is. @throws SCENARIO_INVALID */
export function saidIn(text: string, where: string): Readonly<Record<string, unknown>> | null {
  const { value, refuse } = readYaml(text, where);
  return value === undefined || value === null ? null : { ...validated(value, refuse) };
}

interface Reading extends RequestReading {
  readonly document: Document;
}

function readVariables(
  { refuse }: Reading,
  path: Path,
  variables: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  for (const name of Object.keys(variables)) checkVariable(name, [...path, name], refuse);
  return variables;
}

function checkVariable(name: string, path: Path, refuse: Refuse): void {
  const fault = variableNameFault(name);
  if (fault !== null) throw refuse(path, { what: variableNameFaults[fault] });
}

function readEnvFileName({ document, refuse }: Reading): string | null {
  const file = document['env-file'];
  if (file === undefined) return null;
  const segments = file.split('/');
  if (!file.startsWith('/') && !segments.includes('..') && segments.at(-1) !== '') return file;
  throw refuse(['env-file'], {
    what: `expected a file in the app's folder, got ${quoted(file)}`,
    hint: 'Write env-file: .env.check',
  });
}

function readStart({ document, refuse }: Reading): number {
  const text = document['start-within'];
  if (text === undefined) return emptyScenario.startMs;
  const ms = Number.parseInt(text, 10) * (text.endsWith('m') ? 60_000 : 1000);
  if (ms <= 600_000) return ms;
  throw refuse(['start-within'], { what: `expected at most 10m, got ${quoted(text)}` });
}

function readRequests(reading: Reading): ScenarioRequests {
  const given = reading.document.requests ?? {};
  const named = (name: 'cheap' | 'write' | 'read' | 'fail'): HttpRequest | null => {
    const form = given[name];
    return form === undefined || form === none ? null : readRequest(form, ['requests', name], reading);
  };
  const write = named('write');
  if (write !== null) requireToken(reading, { request: write, path: ['requests', 'write'] });
  const requests = {
    cheap: named('cheap'),
    write,
    writesNothing: given.write === none,
    read: showingToken(named('read')),
    fail: named('fail'),
  };
  return { ...requests, slow: readSlow(reading, requests) };
}

function requireToken(
  { refuse }: Reading,
  { request, path }: { readonly request: HttpRequest; readonly path: Path },
) {
  if (sends(request, tokenName)) return;
  throw refuse(path, {
    what: 'nothing that is sent has {token} in it',
    hint: 'Put {token} into its path, form, json or body, so that what it wrote can be known again',
  });
}

function showingToken(request: HttpRequest | null): HttpRequest | null {
  if (request === null || request.matches !== null || request.status !== null) return request;
  return { ...request, matches: '{token}' };
}

type Named = Pick<ScenarioRequests, (typeof namedRequests)[number]>;

function readSlow(reading: Reading, named: Named): SlowRequest | null {
  const { document, refuse } = reading;
  const slow = document.requests?.slow;
  if (slow === undefined) return null;
  const path = ['requests', 'slow'];
  const request = requestOrNamed(slow.of, { path: [...path, 'of'], named, reading });
  if (slow.by !== 'lock' && slow.table !== undefined) {
    throw refuse([...path, 'table'], {
      what: `a table says nothing with by: ${slow.by}`,
      hint: 'Write by: lock',
    });
  }
  switch (slow.by) {
    case 'itself':
      return { by: 'itself', request };
    case 'body':
      if (request.body !== null && request.body.length >= 2) return { by: 'body', request };
      throw refuse(path, {
        what: 'the request has no body of two halves',
        hint: 'Write by: lock or by: itself',
      });
    case 'lock':
      if (slow.table !== undefined) return { by: 'lock', request, table: slow.table };
      throw refuse(path, {
        what: 'table is missing',
        hint: 'Write "table: …", the table that the request needs',
      });
  }
}

interface Naming {
  readonly path: Path;
  readonly named: Named;
  readonly reading: Reading;
}

function requestOrNamed(form: string | RequestForm, { path, named, reading }: Naming): HttpRequest {
  const name = namedRequests.find((known) => known === form);
  if (name === undefined) return readRequest(form, path, reading);
  const request = named[name];
  if (request !== null) return request;
  throw reading.refuse(path, {
    what: `requests.${name} is not there`,
    hint: `Write "${name}: …" under requests`,
  });
}

function readSession(reading: Reading): SessionScenario | null {
  const { session } = reading.document;
  if (session === undefined) return null;
  const check = readRequest(session.check, ['session', 'check'], reading);
  if (check.matches === null && check.status === null) {
    throw reading.refuse(['session', 'check'], {
      what: 'nothing tells a visitor who is remembered',
      hint: 'Write "matches: …" or "status: …" under session.check',
    });
  }
  const signUp = session['sign-up'];
  return {
    signUp: signUp === undefined ? null : readRequest(signUp, ['session', 'sign-up'], reading),
    begin: readRequest(session.begin, ['session', 'begin'], reading),
    check,
    keeps: readKept(reading, session.keeps),
  };
}

function readKept(
  { refuse }: Reading,
  keeps: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  for (const [name, pattern] of Object.entries(keeps)) {
    const path = ['session', 'keeps', name];
    readName(name, path, refuse);
    readGroup(pattern, path, refuse);
  }
  return keeps;
}

function readChange(
  reading: Reading,
  { change, index }: { readonly change: NonNullable<Document['config']>[number]; readonly index: number },
): ConfigChange {
  const { variable, value, line, ...form } = change;
  const path = ['config', index];
  checkVariable(variable, [...path, 'variable'], reading.refuse);
  if (form.matches === undefined && line === undefined)
    throw reading.refuse(path, {
      what: 'nothing tells what the value changes',
      hint: 'Write "matches: …" of the answer, or "line: …" of what is logged',
    });
  return {
    variable,
    value,
    line: readPattern(line, [...path, 'line'], reading.refuse),
    request: readRequest(form, path, reading),
  };
}

function readJobs(reading: Reading, named: Named): JobScenario | null {
  const { jobs } = reading.document;
  if (jobs === undefined) return null;
  const { refuse } = reading;
  const enqueue = requestOrNamed(jobs.enqueue, { path: ['jobs', 'enqueue'], named, reading });
  requireToken(reading, { request: enqueue, path: ['jobs', 'enqueue'] });
  const done = readRequest(jobs.done, ['jobs', 'done'], reading);
  if (!sends(done, tokenName) && done.matches?.includes('{token}') !== true) {
    throw refuse(['jobs', 'done'], {
      what: 'nothing tells the job of the token from another',
      hint: 'Put {token} into its path or into "matches: …"',
    });
  }
  return {
    worker: jobs.worker,
    enqueue,
    done,
    doneLine: readPattern(jobs['done-line'], ['jobs', 'done-line'], refuse),
    takenLine: readPattern(jobs['taken-line'], ['jobs', 'taken-line'], refuse),
    slowEnv: readVariables(reading, ['jobs', 'slow-env'], jobs['slow-env']),
  };
}

function readCommand(
  { refuse }: Reading,
  { command, index }: { readonly command: string; readonly index: number },
): string {
  if (/[^ \t]/.test(command) && !hasControlCharacter(command)) return command;
  throw refuse(['admin', index], { what: 'expected a command in one line' });
}

function readAccepted(
  { document, refuse }: Reading,
  probes: readonly string[] | undefined,
): AcceptedFinding[] {
  const accepted = document.accept ?? [];
  for (const [index, { probe, until }] of accepted.entries()) {
    const place = (key: string): Path => ['accept', index, key];
    if (probes !== undefined && !probes.includes(probe))
      throw refuse(place('probe'), unknownProbe(probe, probes));
    if (!isDay(until)) throw refuse(place('until'), { what: `there is no such day as ${until}` });
    const first = accepted.findIndex((other) => other.probe === probe);
    if (first < index)
      throw refuse(place('probe'), { what: `${probe} is accepted already, in accept[${first}]` });
  }
  return [...accepted];
}

function unknownProbe(probe: string, probes: readonly string[]) {
  const meant = nearest(probe, probes);
  return {
    what: `there is no probe ${quoted(probe)}`,
    hint: meant === null ? 'Write the id of a probe as the report has it' : `Write ${meant}`,
  };
}

function isDay(text: string): boolean {
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' }).toString() === text;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
