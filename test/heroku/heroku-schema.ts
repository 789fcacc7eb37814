/** The published schema of the Heroku API, as a check of answers: strict, so that a member too many or too few is a fault. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Ajv } from 'ajv';
import AjvDraft4 from 'ajv-draft-04';
import addFormats from 'ajv-formats';

type Node = { [key: string]: unknown };

interface Link {
  readonly href: string;
  readonly method: string;
  readonly rel: string;
  readonly targetSchema?: unknown;
}

/** Answers whose shape the schema and the official command line do not agree on, or that are bound to Heroku's hosts. */
const relaxed: readonly ((schema: Node) => void)[] = [
  // Patterns of heroku.com and herokuapp.com.
  (schema) => drop(schema, ['definitions', 'app', 'definitions', 'git_url'], 'pattern'),
  (schema) => drop(schema, ['definitions', 'app', 'definitions', 'web_url'], 'pattern'),
  // A hostname is no URI: the example beside it, subdomain.example.com, is none either.
  (schema) => drop(schema, ['definitions', 'domain', 'definitions', 'hostname'], 'format'),
  // Amazon's regions: a machine of one's own is in none of them.
  (schema) =>
    drop(schema, ['definitions', 'region', 'definitions', 'provider', 'properties', 'region'], 'enum'),
];

export interface HerokuSchema {
  /** Null when the answer is as published, else what is wrong; `undefined` for a call that Heroku has not. */
  complaint(call: string, body: unknown): string | null | undefined;
}

export function openHerokuSchema(): HerokuSchema {
  const schema = JSON.parse(readFileSync(path.join(import.meta.dirname, 'schema.json'), 'utf8')) as Node;
  delete schema.$schema;
  delete schema.id;
  for (const relax of relaxed) relax(schema);
  (schema.definitions as Node).nothing = { type: 'object', additionalProperties: false };
  tidy(schema, false);
  const Validator = AjvDraft4 as unknown as typeof Ajv;
  const ajv = new Validator({ strict: false, unicodeRegExp: false, validateFormats: true });
  (addFormats as unknown as (target: Ajv) => void)(ajv);
  ajv.addSchema(schema, 'heroku');
  const links = linksOf(schema);
  return {
    complaint(call, body) {
      const reference = links.get(call);
      if (reference === undefined) return undefined;
      const validate = ajv.getSchema(`heroku${reference}`);
      if (validate === undefined) throw new Error(`no schema at ${reference}`);
      if (validate(body) === true) return null;
      return ajv.errorsText(validate.errors, { dataVar: 'answer' });
    },
  };
}

/** By method and path with names for what is referred to: `GET /apps/:`. */
function linksOf(schema: Node): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, definition] of Object.entries(schema.definitions as Node)) {
    const { links = [] } = definition as { links?: readonly Link[] };
    links.forEach(({ href, method, rel, targetSchema }, at) => {
      const call = callName(method, href);
      const own = `#/definitions/${name}`;
      const otherwise = rel === 'empty' ? '#/definitions/nothing' : own;
      if (!found.has(call))
        found.set(call, targetSchema === undefined ? otherwise : `${own}/links/${at}/targetSchema`);
    });
  }
  return found;
}

/** `GET /apps/:app` and `GET /apps/{(…)}` are one. */
export function callName(method: string, href: string): string {
  return `${method.toUpperCase()} ${href.replaceAll(/\{[^}]*\}|:\w+/g, ':')}`;
}

/** Examples hold ids that collide with schema ids; `strictProperties` is no JSON Schema, and means all of them and no other. */
function tidy(node: unknown, isMap: boolean): void {
  if (Array.isArray(node)) {
    for (const item of node) tidy(item, false);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const object = node as Node;
  if (!isMap) {
    delete object.example;
    if (object.strictProperties === true && object.properties !== undefined) {
      const names = Object.keys(object.properties as Node);
      // Draft 4 wants at least one.
      if (names.length > 0) object.required = names;
      object.additionalProperties = false;
    }
  }
  for (const [key, value] of Object.entries(object))
    tidy(value, !isMap && ['properties', 'definitions', 'patternProperties'].includes(key));
}

function drop(schema: Node, place: readonly string[], key: string): void {
  const node = place.reduce<Node>((at, name) => at[name] as Node, schema);
  delete node[key];
}
