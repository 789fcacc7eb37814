/** Names of what a handler takes out of the body of a request: by its schema, or else by what it reads. */
import type { SgNode } from '@ast-grep/napi';
import {
  callsIn,
  type Declared,
  givenTo,
  isReadable,
  keyOf,
  nodesOf,
  oncePerNode,
  shortText,
  stringOf,
} from './syntax.ts';

export interface Field {
  readonly name: string;
  readonly kind: 'text' | 'number' | 'boolean';
}

const shownFields = 10;

/** @param parts what stands behind the path of a route */
export function fieldsOf(parts: readonly SgNode[], declared: Declared): readonly Field[] {
  const bySchema = parts.map((part) => fieldsBySchema(part, declared)).find((fields) => fields.length > 0);
  return usable(bySchema ?? parts.flatMap((part) => fieldsRead(part, declared)));
}

/** What a scenario can be drafted with, whatever names a hostile app has. */
export function usable(fields: readonly Field[]): readonly Field[] {
  const named = fields.filter(({ name }) => /^[A-Za-z_][\w-]{0,40}$/.test(name));
  const byName = [...Map.groupBy(named, ({ name }) => name).values()];
  return byName.flatMap(([first]) => first ?? []).slice(0, shownFields);
}

const fieldsBySchema = oncePerNode((part, declared) => {
  const schemas = [part, ...schemasIn(part, declared).flatMap((one) => [one, ...schemasIn(one, declared)])];
  return schemas.map((one) => fieldsOfSchema(one, declared)).find((fields) => fields.length > 0) ?? [];
});

/** What the names in it stand for, but for functions. */
const schemasIn = oncePerNode((part, declared) => {
  const names = ['identifier', 'shorthand_property_identifier'].flatMap((kind) => nodesOf(part, kind));
  const values = [...new Set(names.map((name) => name.text()))].flatMap((name) => declared.get(name) ?? []);
  return values.filter((value) => isSchema(value, declared)).slice(0, usedSchemas);
});

const usedSchemas = 5;

function isSchema(value: SgNode, declared: Declared): boolean {
  return (value.kind() === 'object' || value.kind() === 'call_expression') && isReadable(value, declared);
}

/** Each is asked for all that stands around it. */
const triedSchemas = 20;

/** `z.object({ … })`, `Type.Object({ … })`, and `properties: { … }` of a JSON Schema. */
const fieldsOfSchema = oncePerNode((node): readonly Field[] => {
  const made = [...(node.kind() === 'call_expression' ? [node] : []), ...nodesOf(node, 'call_expression')]
    .filter((call) => /\.(?:strict)?[oO]bject$/.test(shortText(call.field('function'))))
    .map((call) => ({ at: call, members: givenTo(call)[0] }));
  const listed = nodesOf(node, 'pair')
    .filter((pair) => keyOf(pair) === 'properties')
    .map((pair) => ({ at: pair, members: pair.field('value') ?? undefined }));
  const schema = [...made, ...listed]
    .filter(({ members }) => members?.kind() === 'object')
    .slice(0, triedSchemas)
    .find(({ at }) => !speaksOfAnother(at));
  return (schema?.members?.children() ?? [])
    .filter((child) => child.kind() === 'pair')
    .filter((pair) => !/\boptional\b/i.test(shortText(pair.field('value'))))
    .map((pair) => {
      const type = shortText(pair.field('value'));
      if (/\b(?:number|integer|int)\b/i.test(type)) return { name: keyOf(pair), kind: 'number' };
      return { name: keyOf(pair), kind: /\bboolean\b/i.test(type) ? 'boolean' : 'text' };
    });
});

/** Of an answer, or of what stands in the address. */
function speaksOfAnother(node: SgNode): boolean {
  return node
    .ancestors()
    .some(
      (above) =>
        above.kind() === 'pair' && /^(?:response|params|query|querystring|headers)$/.test(keyOf(above)),
    );
}

const fieldsRead = oncePerNode((handler): readonly Field[] => {
  const variables = nodesOf(handler, 'variable_declarator').filter((node) => isBody(node.field('value')));
  const names = variables.map((node) => node.field('name')).filter((name) => name !== null);
  const taken = names.filter((name) => name.kind() === 'object_pattern').flatMap(namesTaken);
  const bound = new Set(names.filter((name) => name.kind() === 'identifier').map((name) => name.text()));
  const isOfBody = (text: string): boolean => bound.has(text) || /^\w+(?:\.\w+)?\.body$/.test(text);
  const members = nodesOf(handler, 'member_expression')
    .filter((member) => isOfBody(shortText(member.field('object'))) && !isCalled(member))
    .map((member) => member.field('property')?.text() ?? '');
  const asked = callsIn(handler)
    .filter(({ callee }) => callee.endsWith('.get') && isOfBody(callee.slice(0, -'.get'.length)))
    .flatMap(({ given }) => stringOf(given[0]) ?? []);
  return [...taken, ...members, ...asked].map(fieldNamed);
});

const reading =
  /\.body\b|\breq(?:uest)?\.(?:json|parseBody|formData|valid)\(|\bJSON\.parse\(|\bnew URLSearchParams\(/;

function isBody(value: SgNode | null): boolean {
  return value !== null && !/function|=>/.test(shortText(value)) && reading.test(shortText(value));
}

function isCalled(member: SgNode): boolean {
  const call = member.parent();
  return call?.kind() === 'call_expression' && call.field('function')?.id() === member.id();
}

function namesTaken(pattern: SgNode): readonly string[] {
  return pattern.children().flatMap((child) => {
    switch (String(child.kind())) {
      case 'shorthand_property_identifier_pattern':
        return [child.text()];
      case 'pair_pattern':
        return [keyOf(child)];
      case 'object_assignment_pattern':
        return [child.field('left')?.text() ?? ''];
      default:
        return [];
    }
  });
}

const numbers =
  /^(?:.*_)?(?:count|quantity|qty|price|amount|age|year|number|total|limit|size|rating|score|stars|position)$|(?:Count|Quantity|Price|Amount|Number|Total|Id)$|(?:^|_)id$/;
const booleans =
  /^(?:is|has)(?:_|[A-Z])|^(?:done|completed|complete|active|published|enabled|public|private)$/;

/** Where no schema says what it is, its name does. */
function fieldNamed(name: string): Field {
  if (numbers.test(name)) return { name, kind: 'number' };
  return { name, kind: booleans.test(name) ? 'boolean' : 'text' };
}
