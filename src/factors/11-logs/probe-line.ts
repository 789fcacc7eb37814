/** What a program can read in the lines of a log. */

/** @param paths of the requests that were sent */
export function faultsOf<Line extends { readonly text: string }>(
  lines: readonly Line[],
  paths: readonly string[],
): readonly (Line & { readonly fault: string })[] {
  const told = toldByRequest(lines);
  return lines.flatMap((line) => {
    const fault = faultOf(line.text, { paths, told });
    return fault === null ? [] : [{ ...line, fault }];
  });
}

/** Of each request, by its id, the names of fields that all its lines have. */
function toldByRequest(
  lines: readonly { readonly text: string }[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const told = new Map<string, Set<string>>();
  for (const { text } of lines) {
    const fields = readFields(text) ?? [];
    const id = requestIdIn(fields);
    if (id === null) continue;
    const names = told.get(id) ?? new Set();
    told.set(id, names);
    for (const [name] of fields) names.add(name);
  }
  return told;
}

interface Told {
  readonly paths: readonly string[];
  readonly told: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What a program misses in the line; null: nothing. */
function faultOf(text: string, { paths, told }: Told): string | null {
  const fields = readFields(text);
  if (fields === null) return 'wrote a line that is neither JSON nor logfmt';
  const names = new Set(fields.map(([name]) => name));
  if (!hasOne(names, levelNames)) return 'wrote a line without a level';
  const aboutRequest = hasOne(names, methodNames) || fields.some(([, value]) => namesPath(value, paths));
  if (!aboutRequest) return null;
  const all = told.get(requestIdIn(fields) ?? '') ?? names;
  return [methodNames, pathNames, statusNames].every((known) => hasOne(all, known))
    ? null
    : 'wrote a line about a request without its method, path or status';
}

const hasOne = (names: ReadonlySet<string>, known: ReadonlySet<string>): boolean =>
  [...names].some((name) => known.has(name));

const requestIdIn = (fields: readonly Field[]): string | null =>
  fields.find(([name, value]) => requestIdNames.has(name) && value !== '')?.[1] ?? null;

const requestIdNames: ReadonlySet<string> = new Set([
  'reqid',
  'req_id',
  'requestid',
  'request_id',
  'correlationid',
  'correlation_id',
  'traceid',
  'trace_id',
]);

type Field = readonly [name: string, value: string];

const levelNames: ReadonlySet<string> = new Set([
  'level',
  'lvl',
  'severity',
  'loglevel',
  'log.level',
  'levelname',
]);
const methodNames: ReadonlySet<string> = new Set(['method', 'verb', 'request_method', 'requestmethod']);
const pathNames: ReadonlySet<string> = new Set([
  'path',
  'url',
  'uri',
  'route',
  'target',
  'request_path',
  'requesturl',
  'request_uri',
]);
const statusNames: ReadonlySet<string> = new Set([
  'status',
  'statuscode',
  'status_code',
  'code',
  'response_status',
  'status-code',
]);

/** A value that is the path of a request that was sent, or begins with method and path. */
function namesPath(value: string, paths: readonly string[]): boolean {
  const path = /^(?:[A-Z]{3,7} )?(\/[^\s?#]*)/.exec(value)?.[1];
  return path !== undefined && paths.includes(path);
}

function readFields(text: string): readonly Field[] | null {
  return readJson(text) ?? readLogfmt(text);
}

function readJson(text: string): readonly Field[] | null {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    return fieldsOf(JSON.parse(text), 0);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const deepest = 4;

/** Each by the last part of its name, as `statusCode` of `res.statusCode`. */
function fieldsOf(value: object, depth: number): readonly Field[] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]): readonly Field[] =>
    typeof inner === 'object' && inner !== null && depth < deepest
      ? fieldsOf(inner, depth + 1)
      : [[lastPart(name), String(inner)]],
  );
}

const pair = /^([\w.@-]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?:\s+|$)/;

/** At least two pairs, and nothing else. */
function readLogfmt(text: string): readonly Field[] | null {
  const fields: Field[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const match = pair.exec(rest);
    if (match === null) return null;
    const [whole, name = '', value = ''] = match;
    fields.push([lastPart(name), value.replace(/^"|"$/g, '')]);
    rest = rest.slice(whole.length);
  }
  return fields.length > 1 ? fields : null;
}

function lastPart(name: string): string {
  const lower = name.toLowerCase();
  return lower === 'log.level' ? lower : (lower.split('.').at(-1) ?? lower);
}
