/** Where a file does one thing or another by the name of the environment it runs in. */
import type { EnvironmentNameHit } from '../hit.ts';
import type { View } from './environment.ts';
import { type Holder, type Names, valueUp } from './names.ts';
import { argumentsOf, calleeOf, callWith, type Node, operatorOf, same } from './nodes.ts';

/** Variables that hold such a name, by custom. */
const names = [
  'NODE_ENV',
  'APP_ENV',
  'RAILS_ENV',
  'RACK_ENV',
  'ENVIRONMENT',
  'ENV',
  'APP_ENVIRONMENT',
  'DEPLOY_ENV',
  'STAGE',
];
const named = new Set(names);
/** What every variable is suspect to be compared with, and what only those by custom are. */
const plain = /^(?:production|development|staging)$/i;
const values =
  /^(?:prod|production|dev|development|stag|stage|staging|test|testing|qa|uat|ci|local|preview|sandbox|demo)$/i;

export const mayNameEnvironment = (bytes: string): boolean =>
  /NODE_ENV|APP_ENV|RAILS_ENV|RACK_ENV|ENVIRONMENT|DEPLOY_ENV|\b(?:ENV|STAGE)\b/.test(bytes) ||
  /['"`](?:production|development|staging)['"`]/i.test(bytes);

export function environmentNamesIn(view: View): readonly EnvironmentNameHit[] {
  const names = view.names();
  return names.holders([...read(view), ...settings(view)]).flatMap(({ variable, node }) => {
    const use = useOf(node, variable, names);
    if (use === null) return [];
    return [{ kind: 'environment-name', variable, ...use, at: view.placeOf(node) }];
  });
}

const read = ({ environment }: View): readonly Holder[] =>
  environment().readings.map(({ name, node, bound }) => ({
    variable: name,
    node: bound === null ? node : (node.field('value') ?? node.field('left') ?? node),
  }));

/** `env.NODE_ENV` of any object but `import.meta.env`, and `app.get('env')` of Express. */
function settings({ root, text, words }: View): readonly Holder[] {
  const members = words()
    .filter((word) => named.has(word.text))
    .flatMap(({ node }) =>
      same(node.parent()?.field('property') ?? null, node) ? (node.parent() ?? []) : [],
    )
    .filter((node) => !/\bimport\s*\.\s*meta\b/.test(node.text().slice(0, 100)))
    .map((node) => ({ variable: node.field('property')?.text() ?? '', node }));
  if (!/\.get\s*\(\s*['"`]env['"`]/.test(text)) return members;
  const asked = root
    .findAll({
      rule: { kind: 'call_expression', has: { field: 'arguments', regex: '^\\(\\s*.env.\\s*\\)$' } },
    } as never)
    .filter((node) => /\.get$/.test(calleeOf(node)))
    .map((node) => ({ variable: 'NODE_ENV', node }));
  return [...members, ...asked];
}

type Use = Pick<EnvironmentNameHit, 'use' | 'values'>;

function useOf(node: Node, variable: string, { text }: Names): Use | null {
  const value = valueUp(node);
  const compared = comparedWith(value, text);
  if (compared !== null) {
    const told = compared.values.filter((one) => (named.has(variable) ? values : plain).test(one));
    return told.length > 0 ? { use: compared.use, values: told } : null;
  }
  if (!named.has(variable)) return null;
  const up = value.parent();
  if (up?.kind() === 'subscript_expression' && same(up.field('index'), value))
    return { use: 'index', values: [] };
  return isFileName(value) ? { use: 'file-name', values: [] } : null;
}

function comparedWith(value: Node, text: Names['text']): Use | null {
  const texts = (nodes: readonly (Node | null)[]): readonly string[] =>
    nodes.flatMap((node) => text(node) ?? []);
  const up = value.parent();
  if (up === null) return null;
  if (up.kind() === 'binary_expression' && /^[!=]==?$/.test(operatorOf(up))) {
    const other = same(up.field('left'), value) ? up.field('right') : up.field('left');
    return { use: 'compared', values: texts([other]) };
  }
  if (up.kind() === 'switch_statement') {
    const cases = up.findAll({ rule: { kind: 'switch_case' } }).map((one) => one.field('value'));
    return { use: 'switched', values: texts(cases) };
  }
  const call = callWith(value)?.call;
  if (call !== undefined && /\.test$/.test(calleeOf(call))) {
    const pattern = call.field('function')?.field('object');
    return pattern?.kind() === 'regex' ? { use: 'compared', values: wordsOf(pattern.text()) } : null;
  }
  if (call !== undefined && /\.(?:includes|has|indexOf)$/.test(calleeOf(call))) {
    const list = call.field('function')?.field('object') ?? null;
    return { use: 'compared', values: texts(list?.findAll({ rule: { kind: 'string' } }) ?? []) };
  }
  const method = up.kind() === 'member_expression' && same(up.field('object'), value) ? up.parent() : null;
  if (method?.kind() === 'call_expression' && /\.(?:startsWith|includes|endsWith)$/.test(calleeOf(method))) {
    return { use: 'compared', values: texts(argumentsOf(method)) };
  }
  return null;
}

const wordsOf = (pattern: string): readonly string[] => pattern.match(/[a-z]{2,}/gi) ?? [];

const fileText =
  /\.(?:json5?|jsonc|[cm]?[jt]s|ya?ml|toml|ini|env|conf|config)\b|\.env\.?|(?:^|\/)(?:config|settings|environments?)\//;
const fileCall = /(?:^|\.)(?:require|import|readFile|readFileSync|join|resolve|config|loadEnvFile)$/;

/** A piece of a text that looks like a file's name, or of a path. */
function isFileName(value: Node): boolean {
  const up = value.parent();
  if (up === null) return false;
  if (up.kind() === 'template_substitution') return fileText.test(piecesOf(up.parent()));
  if (up.kind() === 'binary_expression' && operatorOf(up) === '+')
    return fileText.test(piecesOf(outermostSum(up)));
  const call = callWith(value)?.call;
  return (
    call !== undefined &&
    /(?:^|\.)(?:join|resolve|require)$/.test(calleeOf(call)) &&
    fileCall.test(calleeOf(call))
  );
}

function outermostSum(node: Node): Node {
  const up = node.parent();
  return up?.kind() === 'binary_expression' && operatorOf(up) === '+' ? outermostSum(up) : node;
}

const piecesOf = (node: Node | null): string =>
  (node?.findAll({ rule: { kind: 'string_fragment' } }) ?? []).map((piece) => piece.text()).join('');
