/**
 * A shape turns what a JSON document holds, which may be anything, into a domain type: once, at the border. It is a
 * function from a value and its place; a value that does not fit is refused in words that begin with the path of its
 * place, such as `env.PORT: expected a text, got 3`. A member that is absent has the value `undefined`.
 *
 * Objects of the document are read by their own members only and never merged into others, so that a key such as
 * `__proto__` is an ordinary key.
 */
export type Shape<T> = (value: unknown, place: Place) => T;

/** Where in a document a value stands. */
export interface Place {
  /** E.g. `addons[0].plan`; empty for the document itself. */
  readonly path: string;
  /** The coded error for a complaint that names its path. */
  readonly refuse: (complaint: string) => Error;
}

/** A document's own place. `refuse` gives the code and the document's name to every complaint inside. */
export function documentPlace(refuse: (complaint: string) => Error): Place {
  return { path: '', refuse };
}

export function memberPlace(place: Place, key: string | number): Place {
  return { path: joinPath(place.path, key), refuse: place.refuse };
}

/** The error for a value that is well-formed and still wrong. */
export function refuse(place: Place, complaint: string): Error {
  return place.refuse(place.path === '' ? complaint : `${place.path}: ${complaint}`);
}

/** The error for a value that is not what it should be, e.g. `expected a text, got 3`. */
export function mismatch(place: Place, expected: string, value: unknown): Error {
  return refuse(place, `expected ${expected}, got ${show(value)}`);
}

export function optional<T, F>(shape: Shape<T>, fallback: F): Shape<T | F> {
  return (value, place) => (value === undefined ? fallback : shape(value, place));
}

/** A text that passes `fits`, by default any; `expected` says which. */
export function text(expected = 'a text', fits: (candidate: string) => boolean = () => true): Shape<string> {
  return (value, place) => {
    if (typeof value === 'string' && fits(value)) return value;
    throw mismatch(place, expected, value);
  };
}

export function truth(): Shape<boolean> {
  return (value, place) => {
    if (typeof value === 'boolean') return value;
    throw mismatch(place, 'true or false', value);
  };
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

export function integer({ min, max }: Range): Shape<number> {
  return (value, place) => {
    if (Number.isInteger(value) && inRange(value, { min, max })) return value;
    throw mismatch(place, `a whole number from ${min} to ${max}`, value);
  };
}

/** Seconds in the document, whole milliseconds in the domain. */
export function secondsAsMs({ min, max }: Range): Shape<number> {
  return (value, place) => {
    if (inRange(value, { min, max })) return Math.round(value * 1000);
    throw mismatch(place, `a number of seconds from ${min} to ${max}`, value);
  };
}

export function choice<const T extends string>(options: readonly T[]): Shape<T> {
  return (value, place) => {
    const chosen = options.find((option) => option === value);
    if (chosen !== undefined) return chosen;
    throw mismatch(place, `one of ${options.map((option) => JSON.stringify(option)).join(', ')}`, value);
  };
}

export function list<T>(item: Shape<T>): Shape<readonly T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) throw mismatch(place, 'a list', value);
    return value.map((member, index) => item(member, memberPlace(place, index)));
  };
}

/** An object whose keys are names: its members by name, in the order of the document. */
export function table<T>(key: Shape<string>, member: Shape<T>): Shape<ReadonlyMap<string, T>> {
  return (value, place) => {
    const members = new Map<string, T>();
    for (const [name, content] of Object.entries(objectAt(value, place))) {
      const inner = memberPlace(place, name);
      members.set(key(name, inner), member(content, inner));
    }
    return members;
  };
}

/** An object with the members named. `others` tells what becomes of members that are not. */
export function fields<S extends Readonly<Record<string, Shape<unknown>>>>(
  shapes: S,
  { others }: { readonly others: 'refused' | 'ignored' },
): Shape<Fields<S>> {
  return (value, place) => {
    const object = objectAt(value, place);
    if (others === 'refused') refuseOthers(object, { known: Object.keys(shapes), place });
    const result: Record<string, unknown> = {};
    for (const [name, shape] of Object.entries(shapes)) {
      const member = Object.hasOwn(object, name) ? object[name] : undefined;
      result[name] = shape(member, memberPlace(place, name));
    }
    return result as Fields<S>;
  };
}

export type Fields<S extends Readonly<Record<string, Shape<unknown>>>> = {
  readonly [K in keyof S]: ReturnType<S[K]>;
};

function joinPath(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (!/^[\w-]{1,80}$/.test(key)) return `${path}[${JSON.stringify(key.slice(0, 80))}]`;
  return path === '' ? key : `${path}.${key}`;
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'string' && value.length > 80) return `${JSON.stringify(value.slice(0, 80))}…`;
  return JSON.stringify(value);
}

function inRange(value: unknown, { min, max }: Range): value is number {
  return typeof value === 'number' && value >= min && value <= max;
}

function objectAt(value: unknown, place: Place): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw mismatch(place, 'an object', value);
}

function refuseOthers(
  object: Readonly<Record<string, unknown>>,
  { known, place }: { readonly known: readonly string[]; readonly place: Place },
): void {
  for (const name of Object.keys(object)) {
    if (known.includes(name)) continue;
    throw refuse(memberPlace(place, name), `not known here; known are ${known.join(', ')}`);
  }
}
