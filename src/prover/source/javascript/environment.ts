/**
 * Where a file reads its environment.
 *
 * `process.env` is followed through the names that the file gives to it. A name read from an object called `env`, or through
 * a function named after it, is likely one of the environment, where an app hands its environment around.
 */
import type { Hit, Place, VariableHit } from '../hit.ts';
import type { Source } from '../language.ts';
import { type Names, namesOf } from './names.ts';
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
  type Word,
  wholeString,
  wordsIn,
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

/** A file as the questions see it. */
export interface View {
  readonly root: Node;
  readonly file: string;
  readonly text: string;
  readonly placeOf: (node: Node) => Place;
  /** `process`, and names that have to do with an environment. Found once for all questions, as is the next. */
  words(): readonly Word[];
  environment(): Environment;
  names(): Names;
}

const telling = '^process$|[eE][nN][vV]|^STAGE$';

export function viewOf(root: Node, { file, text }: Source): View {
  let words: readonly Word[] | null = null;
  let environment: Environment | null = null;
  let names: Names | null = null;
  const view: View = {
    root,
    file,
    text,
    placeOf: placesOf(file, text),
    words: () => {
      words ??= wordsIn(root, telling);
      return words;
    },
    environment: () => {
      environment ??= environmentOf(view);
      return environment;
    },
    names: () => {
      names ??= namesOf(root);
      return names;
    },
  };
  return view;
}

export function variablesIn({ placeOf, words, environment }: View): readonly Hit[] {
  const { readings, passedOn } = environment();
  const own = readings.map(({ name, node, hasDefault }): VariableHit => {
    return { kind: 'variable', name, hasDefault, through: 'environment', at: placeOf(node) };
  });
  const likely = likelyReadings(words()).map(({ name, node, hasDefault }): VariableHit => {
    return { kind: 'variable', name, hasDefault, through: 'likely', at: placeOf(node) };
  });
  const whole = passedOn.map((node): Hit => ({ kind: 'environment-passed-on', at: placeOf(node) }));
  return [...own, ...likely, ...whole];
}

function environmentOf(view: View): Environment {
  const readings: Reading[] = [];
  const passedOn: Node[] = [];
  for (const pattern of patternsTaken(view)) readings.push(...boundBy(pattern));
  for (const found of environments(view)) {
    const node = unwrappedUp(found);
    const reads = readingsOf(node, view);
    if (reads === null) passedOn.push(node);
    else readings.push(...reads);
  }
  return { readings, passedOn };
}

/** Every expression that is the environment. */
function environments({ root, text, words }: View): readonly Node[] {
  if (!text.includes('process')) return [];
  const processes = processesIn(words());
  const own = processes.flatMap((node) => environmentBy(node) ?? []);
  const names = new Set([
    ...own.flatMap(namesGiven),
    ...processes.flatMap(namesTaken),
    ...namesImported(root, text),
  ]);
  if (names.size === 0) return own;
  const uses = root
    .findAll({ rule: { kind: 'identifier', regex: `^(?:${[...names].map(escaped).join('|')})$` } })
    .filter((use) => !isDeclared(use));
  return [...own, ...uses];
}

const processesIn = (words: readonly Word[]): readonly Node[] =>
  words.flatMap((word) => (word.text === 'process' ? (processOf(word.node) ?? []) : []));

/** `process`, also as `globalThis.process`. */
function processOf(leaf: Node): Node | null {
  if (leaf.kind() === 'identifier') return leaf;
  const member = leaf.parent();
  return /^(?:globalThis|global)$/.test(member?.field('object')?.text() ?? '') ? member : null;
}

/** `process.env`, `process['env']` */
function environmentBy(node: Node): Node | null {
  const up = unwrappedUp(node).parent();
  if (up === null || !same(up.field('object'), unwrappedUp(node))) return null;
  const isEnv = up.field('property')?.text() === 'env' || wholeString(up.field('index')) === 'env';
  return isEnv ? up : null;
}

const escaped = (name: string): string => name.replaceAll('$', '\\$');

/** `const env = process.env` */
function namesGiven(node: Node): readonly string[] {
  const declarator = unwrappedUp(node).parent();
  const name = declarator?.kind() === 'variable_declarator' ? declarator.field('name') : null;
  return name?.kind() === 'identifier' ? [name.text()] : [];
}

/** `const { env } = process` */
function namesTaken(node: Node): readonly string[] {
  return partsTaken(node).flatMap(({ name, node, bound }) =>
    name === 'env' && patternIn(node) === null ? [bound] : [],
  );
}

/** The inner one of `const { env: { A } } = process`. */
function patternsTaken({ text, words }: View): readonly Node[] {
  if (!text.includes('process')) return [];
  return processesIn(words())
    .flatMap(partsTaken)
    .flatMap(({ name, node }) => (name === 'env' ? (patternIn(node) ?? []) : []));
}

function partsTaken(node: Node): ReturnType<typeof boundBy> {
  const declarator = unwrappedUp(node).parent();
  return declarator?.kind() === 'variable_declarator' ? boundBy(declarator.field('name')) : [];
}

function patternIn(part: Node): Node | null {
  const value = part.field('value');
  const inner = value?.kind() === 'assignment_pattern' ? value.field('left') : value;
  return inner?.kind() === 'object_pattern' ? inner : null;
}

/** `import { env } from 'node:process'` */
function namesImported(root: Node, text: string): readonly string[] {
  if (!/['"](?:node:)?process['"]/.test(text)) return [];
  return root
    .findAll({ rule: { kind: 'import_specifier', has: { field: 'name', regex: '^env$' } } } as never)
    .filter((one) =>
      one.ancestors().some((up) => /^(?:node:)?process$/.test(wholeString(up.field('source')) ?? '')),
    )
    .map((one) => (one.field('alias') ?? one.field('name'))?.text() ?? '');
}

/** Whether a name stands where it gets its meaning, not where it is used. */
function isDeclared(use: Node): boolean {
  const up = use.parent();
  const kind = kindOf(up);
  if (kind === 'variable_declarator') return same(up?.field('name') ?? null, use);
  return ['import_specifier', 'required_parameter', 'optional_parameter', 'formal_parameters'].includes(kind);
}

/** What is read of the environment here; null: it is handed on as a whole. */
function readingsOf(node: Node, { names }: View): readonly Reading[] | null {
  const up = node.parent();
  if (up === null) return null;
  switch (kindOf(up)) {
    case 'member_expression':
      return same(up.field('object'), node) ? reading(up, up.field('property')?.text() ?? null) : null;
    case 'subscript_expression':
      return same(up.field('object'), node) ? reading(up, names().text(up.field('index'))) : null;
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

const envObject = /^(?:env|environment|ENV|penv)$/;
const envFunction = /^env$|[a-z_]env$|^env[A-Z_]|[a-z]env[A-Z_]|[eE]nv(?:ironment|Var(?:iable)?)?$/;

/** What is read from an object called after the environment, or by a function. */
export function likelyReadings(words: readonly Word[]): readonly Reading[] {
  const found = words.flatMap((word) => readerOf(word) ?? []);
  return [...new Map(found.map((node) => [node.id(), node])).values()].flatMap((node) => {
    const name = nameReadBy(node);
    if (name === null || !variableName.test(name)) return [];
    return [{ name, node, bound: null, hasDefault: fallbackOf(node) !== null }];
  });
}

/** `env.A`, `env['A']`, `required(env, 'A')`, `requireEnv('A')`, `config.env('A')`, of the name in it. */
function readerOf({ node, text }: Word): Node | null {
  const isObject = envObject.test(text);
  const isFunction = envFunction.test(text);
  const up = isObject || isFunction ? node.parent() : null;
  if (up === null) return null;
  if (isObject && node.kind() === 'identifier') {
    if (same(up.field('object'), node)) return up;
    const call = callWith(node)?.call;
    if (call !== undefined) return call;
  }
  const callee = same(up.field('property'), node) ? up : node;
  const call = callee.parent();
  const calls = call?.kind() === 'call_expression' && same(call.field('function'), callee);
  return calls && isFunction ? call : null;
}

function nameReadBy(node: Node): string | null {
  if (node.kind() === 'member_expression') return node.field('property')?.text() ?? null;
  if (node.kind() === 'subscript_expression') return wholeString(node.field('index'));
  const texts = argumentsOf(node).map((one) => wholeString(unwrapped(one)));
  return texts.find((text) => text !== null) ?? null;
}
