/**
 * Where a file reads its environment.
 *
 * `process.env` is followed through the names that the file gives to it. A name read from an object called `env`, or through
 * a function named after it, is likely one of the environment, where an app hands its environment around.
 */
import type { Hit, VariableHit } from '../hit.ts';
import {
  argumentsOf,
  calleeOf,
  callWith,
  keyOf,
  kindOf,
  type Node,
  operatorOf,
  placesOf,
  same,
  unwrapped,
  unwrappedUp,
  wholeString,
} from './nodes.ts';

/** One reading of a variable: the expression that has its value, or the name that it is bound to. */
export interface Reading {
  readonly name: string;
  readonly node: Node;
  /** The local name, of a destructuring; null: the expression is the value. */
  readonly bound: string | null;
  readonly hasDefault: boolean;
}

export interface Environment {
  readonly readings: readonly Reading[];
  /** Where it is handed on as a whole, or read by a name that is made when the program runs. */
  readonly passedOn: readonly Node[];
}

const variableName = /^[A-Z][A-Z0-9_]*$/;

export const mayReadEnvironment = (bytes: string): boolean =>
  /\benv(?:ironment)?\b|[eE]nv\b|\benv_?[A-Z]|[a-z]Env(?:Var|ironment)/.test(bytes);

export function variablesIn(root: Node, file: string, text: string): readonly Hit[] {
  const placeOf = placesOf(file, text);
  const { readings, passedOn } = environmentOf(root);
  const own = readings.map(({ name, node, hasDefault }): VariableHit => {
    return { kind: 'variable', name, hasDefault, through: 'environment', at: placeOf(node) };
  });
  const likely = likelyReadings(root).map(({ name, node, hasDefault }): VariableHit => {
    return { kind: 'variable', name, hasDefault, through: 'likely', at: placeOf(node) };
  });
  const whole = passedOn.map((node): Hit => ({ kind: 'environment-passed-on', at: placeOf(node) }));
  return [...own, ...likely, ...whole];
}

export function environmentOf(root: Node): Environment {
  const readings: Reading[] = [];
  const passedOn: Node[] = [];
  for (const found of environments(root)) {
    const node = unwrappedUp(found);
    const reads = readingsOf(node);
    if (reads === null) passedOn.push(node);
    else readings.push(...reads);
  }
  return { readings, passedOn };
}

const processEnv =
  /^(?:(?:globalThis|global)\s*\.\s*)?process\s*(?:\?\.|\.)?\s*(?:\benv|\[\s*['"`]env['"`]\s*\])$/;

/** Every expression that is the environment. */
function environments(root: Node): readonly Node[] {
  const direct = root.findAll({
    rule: {
      any: [
        { kind: 'member_expression', has: { field: 'property', regex: '^env$' } },
        { kind: 'subscript_expression', has: { field: 'index', regex: '^.env.$' } },
      ],
    },
  } as never);
  const own = direct.filter((node) => processEnv.test(node.text()));
  const names = new Set([...own.flatMap(namesGiven), ...namesImported(root)]);
  if (names.size === 0) return own;
  const uses = root
    .findAll({ rule: { kind: 'identifier', regex: `^(?:${[...names].map(escaped).join('|')})$` } })
    .filter((use) => !isDeclared(use));
  return [...own, ...uses];
}

const escaped = (name: string): string => name.replaceAll('$', '\\$');

/** `const env = process.env` */
function namesGiven(node: Node): readonly string[] {
  const declarator = unwrappedUp(node).parent();
  const name = declarator?.kind() === 'variable_declarator' ? declarator.field('name') : null;
  return name?.kind() === 'identifier' ? [name.text()] : [];
}

/** `import { env } from 'node:process'`, `const { env } = process` */
function namesImported(root: Node): readonly string[] {
  const imported = root
    .findAll({ rule: { kind: 'import_specifier', has: { field: 'name', regex: '^env$' } } } as never)
    .filter((one) =>
      one.ancestors().some((up) => /^(?:node:)?process$/.test(wholeString(up.field('source')) ?? '')),
    )
    .map((one) => (one.field('alias') ?? one.field('name'))?.text() ?? '');
  const taken = root
    .findAll({ rule: { kind: 'variable_declarator', has: { field: 'value', regex: '^process$' } } } as never)
    .flatMap((declarator) => boundBy(declarator.field('name')))
    .filter(({ name }) => name === 'env')
    .map(({ bound }) => bound);
  return [...imported, ...taken];
}

/** Whether a name stands where it gets its meaning, not where it is used. */
function isDeclared(use: Node): boolean {
  const up = use.parent();
  const kind = kindOf(up);
  if (kind === 'variable_declarator') return same(up?.field('name') ?? null, use);
  return ['import_specifier', 'required_parameter', 'optional_parameter', 'formal_parameters'].includes(kind);
}

/** What is read of the environment here; null: it is handed on as a whole. */
function readingsOf(node: Node): readonly Reading[] | null {
  const up = node.parent();
  if (up === null) return null;
  switch (kindOf(up)) {
    case 'member_expression':
      return same(up.field('object'), node) ? reading(up, up.field('property')?.text() ?? null) : null;
    case 'subscript_expression':
      return same(up.field('object'), node) ? reading(up, wholeString(up.field('index'))) : null;
    case 'variable_declarator':
      return up.field('name')?.kind() === 'identifier' ? [] : destructured(up.field('name'));
    case 'assignment_expression':
      return same(up.field('left'), node) ? [] : destructured(up.field('left'));
    case 'binary_expression':
      return operatorOf(up) === 'in' ? reading(up, wholeString(up.field('left'))) : null;
    case 'arguments':
      return keysBeside(node);
    default:
      return null;
  }
}

/** A write is no reading; a name that is made when the program runs is not known. */
function reading(node: Node, name: string | null): readonly Reading[] | null {
  if (name === null) return null;
  const up = unwrappedUp(node).parent();
  const written = up?.kind() === 'assignment_expression' && same(up.field('left'), node);
  if (written || (up?.kind() === 'unary_expression' && operatorOf(up) === 'delete')) return [];
  return [{ name, node, bound: null, hasDefault: fallbackOf(node) !== null }];
}

function destructured(pattern: Node | null): readonly Reading[] | null {
  const names = boundBy(pattern);
  return pattern?.find({ rule: { kind: 'rest_pattern' } }) == null && names.length > 0 ? names : null;
}

/** The names that `{ A, B: b, C = 'x' }` takes out of an object. */
function boundBy(pattern: Node | null): readonly (Reading & { readonly bound: string })[] {
  if (pattern?.kind() !== 'object_pattern') return [];
  return pattern.namedChildren().flatMap((part) => {
    const hasDefault =
      part.find({ rule: { kind: 'object_assignment_pattern' } }) !== null || hasDefaultValue(part);
    const key = part.kind() === 'pair_pattern' ? keyOf(part) : (part.field('left') ?? part).text();
    const value = part.kind() === 'pair_pattern' ? part.field('value') : (part.field('left') ?? part);
    if (key === null || value === null || part.kind() === 'rest_pattern') return [];
    const bound = value.kind() === 'assignment_pattern' ? (value.field('left')?.text() ?? key) : value.text();
    return [{ name: key, node: part, bound, hasDefault }];
  });
}

const hasDefaultValue = (part: Node): boolean => part.field('value')?.kind() === 'assignment_pattern';

/** `cleanEnv(process.env, { PORT: port() })`: the keys beside it are names; without any it is handed on. */
function keysBeside(node: Node): readonly Reading[] | null {
  const given = callWith(node);
  const objects = given === null ? [] : argumentsOf(given.call).filter((one) => one.kind() === 'object');
  const pairs = objects.flatMap((object) => object.namedChildren()).filter((one) => one.kind() === 'pair');
  const named = pairs.filter((pair) => variableName.test(keyOf(pair) ?? ''));
  if (named.length === 0) return null;
  return named.map((pair) => ({ name: keyOf(pair) ?? '', node: pair, bound: null, hasDefault: false }));
}

/** What stands in for a value that is not set: the right side of `??` and `||`, also around `Number(…)`. */
export function fallbackOf(node: Node): Node | null {
  const outer = unwrappedUp(node);
  const up = outer.parent();
  if (up === null) return null;
  const operator = up.kind() === 'binary_expression' ? operatorOf(up) : '';
  if ((operator === '??' || operator === '||') && same(up.field('left'), outer)) return up.field('right');
  const call = callWith(outer)?.call;
  return call !== undefined && /^(?:Number|String|parseInt|Number\.parseInt)$/.test(calleeOf(call))
    ? fallbackOf(call)
    : null;
}

const envLike = /^(?:env|environment|ENV|penv)$/;

function likelyReadings(root: Node): readonly Reading[] {
  const found = root.findAll({
    rule: {
      any: [
        { kind: 'member_expression', has: { field: 'object', regex: envLike.source } },
        { kind: 'subscript_expression', has: { field: 'object', regex: envLike.source } },
        { kind: 'call_expression', has: { field: 'arguments', regex: '[\'"`][A-Z]' } },
      ],
    },
  } as never);
  return found.flatMap((node) => {
    const name = likelyName(node);
    if (name === null || !variableName.test(name)) return [];
    return [{ name, node, bound: null, hasDefault: fallbackOf(node) !== null }];
  });
}

function likelyName(node: Node): string | null {
  if (node.kind() === 'member_expression') return node.field('property')?.text() ?? null;
  if (node.kind() === 'subscript_expression') return wholeString(node.field('index'));
  const given = argumentsOf(node).map(unwrapped);
  const name = given.map(wholeString).find((text) => text !== null) ?? null;
  const byName = /(?:^|[a-z_.])env(?:$|[A-Z_.])|[eE]nv(?:ironment|Var(?:iable)?)?$/.test(calleeOf(node));
  const byArgument = given.some((one) => one.kind() === 'identifier' && envLike.test(one.text()));
  return byName || byArgument ? name : null;
}
