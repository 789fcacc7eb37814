/** What the handler of a route says of its requests and its answers, as far as it stands in the file of the route. */
import type { SgNode } from '@ast-grep/napi';
import { type Field, fieldsOf } from './handler-fields.ts';
import {
  beginningOf,
  callsIn,
  type Declared,
  isReadable,
  keyOf,
  nodesOf,
  oncePerNode,
  shortText,
} from './syntax.ts';

export interface Handler {
  /** What it takes out of a body, in order. */
  readonly fields: readonly Field[];
  /** What it answers when all is well; null: it does not say, or says several. */
  readonly status: number | null;
  /** The key of its answer that has a visitor's token; null: none was seen. */
  readonly tokenKey: string | null;
  /** The table into which it puts a row; null: none was seen. */
  readonly table: string | null;
  /** Whether it asks who the visitor is, or lets somebody ask before it. */
  readonly guarded: boolean;
  /** Variables of the environment whose value it has at hand. */
  readonly variables: readonly string[];
}

/** One of which nothing was seen. */
export const unseenHandler: Handler = {
  fields: [],
  status: null,
  tokenKey: null,
  table: null,
  guarded: false,
  variables: [],
};

/** @param given what stands behind the path of a route: who is asked first, options, the handler */
export function readHandler(given: readonly SgNode[], declared: Declared): Handler {
  const parts = given
    .slice(0, 10)
    .map((node) => declared.get(shortText(node)) ?? node)
    .filter((node) => isReadable(node, declared));
  const seen = parts.map((part) => readPart(part, declared));
  const statuses = new Set(seen.flatMap((part) => part.statuses));
  return {
    fields: fieldsOf(parts, declared),
    status: statuses.size === 1 ? ([...statuses][0] ?? null) : null,
    tokenKey: seen.flatMap((part) => part.tokenKeys)[0] ?? null,
    table: seen.flatMap((part) => part.tables)[0] ?? null,
    guarded:
      given.slice(0, -1).some((node) => isGuard(node, declared)) || seen.some((part) => part.asksVisitor),
    variables: [...new Set(seen.flatMap((part) => part.variables))].slice(0, 20),
  };
}

const readPart = oncePerNode((part, declared) => ({
  statuses: statusesIn(part).filter((status) => status >= 200 && status < 400),
  tokenKeys: tokenKeysIn(part),
  tables: tablesIn(part),
  asksVisitor: asksVisitor(part),
  variables: variablesOf(part, declared),
}));

/** `response.status(201)`, `reply.code(201)`, `c.json(note, 201)`, `response.redirect('/')`, `response.statusCode = 201`. */
function statusesIn(part: SgNode): readonly number[] {
  const said = callsIn(part).flatMap(({ callee, given }) => {
    const [first, second] = given.map(shortText);
    if (/\.(?:status|code|sendStatus|writeHead)$/.test(callee)) return [Number(first)];
    if (/\.redirect$/.test(callee)) return [[first, second].map(Number).find((code) => code > 0) ?? 302];
    if (!/\.(?:json|text|html|body)$/.test(callee) || second === undefined) return [];
    return [Number(/^\{.*\bstatus:(\d{3})\b/s.exec(second)?.[1] ?? second)];
  });
  const set = nodesOf(part, 'assignment_expression')
    .filter((node) => /\.(?:status|statusCode)$/.test(shortText(node.field('left'))))
    .map((node) => Number(shortText(node.field('right'))));
  return [...said, ...set];
}

function tokenKeysIn(part: SgNode): readonly string[] {
  const keys = [
    ...nodesOf(part, 'pair').map(keyOf),
    ...nodesOf(part, 'shorthand_property_identifier').map((node) => node.text()),
  ];
  return keys.filter((key) => /^(?:access_?token|auth_?token|id_?token|token|jwt)$/i.test(key));
}

const guardName =
  /auth|protect|guard|jwt|(?:sign|log)(?:ged)?_?in|(?:require|need|current|verify)_?(?:user|login|token)/i;

/** By its name, or by those of options such as `{ preHandler: [fastify.authenticate] }`. */
const isGuard = oncePerNode((node, declared) => {
  if (node.kind() !== 'object')
    return !/function|=>/.test(shortText(node)) && guardName.test(shortText(node));
  const options = isReadable(node, declared) ? nodesOf(node, 'pair') : [];
  return options.some(
    (pair) =>
      /^(?:onRequest|preHandler|preValidation)$/.test(keyOf(pair)) &&
      guardName.test(shortText(pair.field('value'))),
  );
});

function asksVisitor(part: SgNode): boolean {
  return nodesOf(part, 'member_expression').some((member) =>
    /\b(?:req|request|ctx\.state|session)\.(?:user|userId|auth|jwtVerify)$/.test(shortText(member)),
  );
}

function tablesIn(part: SgNode): readonly string[] {
  const texts = ['string', 'template_string'].flatMap((kind) => nodesOf(part, kind));
  return texts.flatMap(
    (text) =>
      /\binsert\s+into\s+"?([a-z_]\w{0,62}(?:\.[a-z_]\w{0,62})?)\b/i.exec(beginningOf(text, 2000))?.[1] ?? [],
  );
}

function variablesOf(part: SgNode, declared: Declared): readonly string[] {
  const names = ['identifier', 'shorthand_property_identifier'].flatMap((kind) => nodesOf(part, kind));
  const values = [...new Set(names.map((name) => name.text()))].flatMap((name) => declared.get(name) ?? []);
  const texts = values.filter((value) => value.kind() !== 'function_declaration').map(shortText);
  const read = nodesOf(part, 'member_expression').map(shortText);
  return [...read, ...texts].flatMap((text) =>
    [...text.matchAll(/\bprocess\.env\.([A-Za-z_]\w*)/g)].map((match) => match[1] ?? ''),
  );
}
