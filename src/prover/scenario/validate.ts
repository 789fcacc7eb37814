/**
 * Holds a document against the schema. TypeBox decides; what is wrong is found and put into words here, from the outside in and in
 * the order of the file, a key that is not known before one that is missing.
 */
import { Check, Errors } from 'typebox/value';
import { type Complaint, nearest, type Path, quoted, type Refuse, shownPath } from './complaint.ts';
import { type Document, scenarioSchema, type TSchema } from './schema.ts';

/** @throws SCENARIO_INVALID */
export function validated(value: unknown, refuse: Refuse): Document {
  if (Check(scenarioSchema, value)) return value;
  const fault = faultOf(scenarioSchema as TSchema as Shape, value, []);
  throw refuse(fault?.path ?? [], fault ?? { what: 'not what the schema allows' });
}

interface Fault extends Complaint {
  readonly path: Path;
}

/** What of a schema is asked here. */
interface Shape extends TSchema {
  readonly type?: string;
  readonly anyOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly enum?: readonly string[];
  readonly patternErrorMessage?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

function faultOf(shape: Shape, value: unknown, path: Path): Fault | null {
  if (Check(shape, value)) return null;
  if (shape.anyOf !== undefined) return faultOfUnion(shape.anyOf, value, path);
  if (shape.type !== undefined && kindOf(value) !== shape.type) return { path, ...wrongKind(shape, value) };
  if (shape.properties !== undefined) return faultOfMembers(shape, value as object, path);
  const inner = shape.items ?? Object.values(shape.patternProperties ?? {})[0];
  return (
    (inner === undefined ? null : faultInside(() => inner, value as object, path)) ?? {
      path,
      what: wrongValue(shape, value),
    }
  );
}

function faultOfUnion(branches: readonly Shape[], value: unknown, path: Path): Fault | null {
  const branch = branches.find(({ type }) => type === kindOf(value));
  if (branch !== undefined) return faultOf(branch, value, path);
  const expected = branches.map(({ type }) => kindNames[type ?? '']).join(' or ');
  return { path, what: `expected ${expected}, got ${kindNames[kindOf(value)]}` };
}

function faultOfMembers({ properties = {}, required = [] }: Shape, value: object, path: Path): Fault | null {
  const unknown = Object.keys(value).find((key) => !Object.hasOwn(properties, key));
  if (unknown !== undefined) return unknownKey(unknown, Object.keys(properties), path);
  const missing = required.find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined) {
    return { path, what: `${missing} is missing`, hint: `Write "${missing}: …" under ${shownPath(path)}` };
  }
  return faultInside((key) => properties[key], value, path);
}

function faultInside(shapeOf: (key: string) => Shape | undefined, value: object, path: Path): Fault | null {
  for (const [key, member] of Object.entries(value)) {
    const shape = shapeOf(key);
    const fault =
      shape === undefined
        ? null
        : faultOf(shape, member, [...path, Array.isArray(value) ? Number(key) : key]);
    if (fault !== null) return fault;
  }
  return null;
}

function unknownKey(key: string, known: readonly string[], path: Path): Fault {
  const meant = nearest(key, known);
  return {
    path: [...path, key],
    what: `there is no such key; known ${path.length === 0 ? 'here' : `in ${shownPath(path)}`} are ${known.join(', ')}`,
    hint:
      meant === null
        ? `Remove ${quoted(key)}, or write one of those`
        : `Write ${meant} instead of ${quoted(key)}`,
  };
}

function wrongKind({ type = '' }: Shape, value: unknown): Complaint {
  const what = `expected ${kindNames[type]}, got ${kindNames[kindOf(value)]}`;
  if (value === null) return { what, hint: 'Write a value behind the key, or "#" before it' };
  return type === 'string' && typeof value !== 'object'
    ? { what, hint: 'Put the value in quotes' }
    : { what };
}

function wrongValue(shape: Shape, value: unknown): string {
  const got = `got ${typeof value === 'string' ? quoted(value) : kindNames[kindOf(value)]}`;
  if (shape.enum !== undefined) return `expected one of ${shape.enum.join(', ')}, ${got}`;
  const broken = Errors(shape, value)[0]?.keyword;
  if (broken === 'pattern') return `${shape.patternErrorMessage}, ${got}`;
  if (broken === 'maxItems') return `expected at most ${shape.maxItems} entries`;
  if (shape.type === 'string')
    return `expected a text of ${shape.minLength ?? 0} to ${shape.maxLength} characters`;
  return `expected a whole number from ${shape.minimum} to ${shape.maximum}`;
}

const kindNames: Readonly<Record<string, string>> = {
  string: 'a text',
  object: 'keys with values',
  array: 'a list',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'nothing',
};

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
