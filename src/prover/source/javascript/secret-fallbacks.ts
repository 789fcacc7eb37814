/** Texts that a file uses for a secret when the variable that should hold it is not set. */
import { type Place, type SecretFallbackHit, shown } from '../hit.ts';
import { isSecretName, isSecretText } from '../secret-words.ts';
import { likelyReadings, type Reading, type View } from './environment.ts';
import { chainLimit, type Names } from './names.ts';
import { calleeOf, kindOf, type Node, operatorOf, same, unwrapped, unwrappedUp } from './nodes.ts';

/** @param bytes of a file that may read the environment */
export const mayFallBack = (bytes: string): boolean =>
  /secret|passw|passphrase|credential|token|key|pass\b|pwd/i.test(bytes);

export function secretFallbacksIn(view: View): readonly SecretFallbackHit[] {
  const read = [...view.environment().readings, ...likelyReadings(view.words())].filter(({ name }) =>
    isSecretName(name),
  );
  if (read.length === 0) return [];
  const names = view.names();
  const found = new Map<number, SecretFallbackHit>();
  const find = (variable: string, other: Node): void => {
    for (const text of textsOf(other, names))
      if (!found.has(text.id()) && isUsed(text))
        found.set(text.id(), { kind: 'secret-fallback', variable, at: placeOf(view, text) });
  };
  for (const reading of read) {
    const byDefault = defaultOf(reading);
    if (byDefault !== null) find(reading.name, byDefault);
  }
  const first = read.map((reading) => ({ variable: reading.name, node: heldBy(reading) }));
  for (const { variable, node } of names.holders(first))
    for (const other of besides(node)) find(variable, other);
  return [...found.values()];
}

const heldBy = ({ node, bound }: Reading): Node =>
  bound === null ? node : (node.field('value') ?? node.field('left') ?? node);

const defaultOf = (reading: Reading): Node | null =>
  reading.bound === null ? null : (reading.node.field('right') ?? heldBy(reading).field('right'));

/** What an expression gives way to: behind `||` and `??`, in the other branch of a condition, by `||=`. */
function besides(node: Node): readonly Node[] {
  const others: (Node | null)[] = [];
  let at = unwrappedUp(node);
  for (let step = 0; step < chainLimit; step += 1) {
    const up = at.parent();
    if (up === null) break;
    const other = otherSide(up, at);
    if (other === undefined) break;
    others.push(other);
    at = unwrappedUp(up);
  }
  return others.filter((other) => other !== null);
}

/** Undefined: the value goes no further here. Null: it does, and nothing stands beside it. */
function otherSide(up: Node, value: Node): Node | null | undefined {
  const is = (field: string): boolean => same(up.field(field), value);
  switch (kindOf(up)) {
    case 'binary_expression':
      if (!isFallback(up)) return undefined;
      return is('left') ? up.field('right') : null;
    case 'ternary_expression':
      if (is('condition')) return undefined;
      return up.field(is('consequence') ? 'alternative' : 'consequence');
    case 'augmented_assignment_expression':
      return is('left') && /^(?:\|\||\?\?)=$/.test(operatorOf(up)) ? up.field('right') : undefined;
    default:
      return undefined;
  }
}

const isFallback = (node: Node): boolean => ['||', '??'].includes(operatorOf(node));

/** The texts that an expression may come to, as far as it is written out. */
function textsOf(node: Node, names: Names): readonly Node[] {
  const texts: Node[] = [];
  const open = [node];
  for (let step = 0; step < chainLimit; step += 1) {
    const next = open.pop();
    if (next === undefined) break;
    const inner = unwrapped(next);
    const sides = sidesOf(inner);
    open.push(...sides.flatMap((field) => inner.field(field) ?? []));
    if (sides.length === 0 && holdsSecret(names.text(inner))) texts.push(inner);
  }
  return texts;
}

function sidesOf(node: Node): readonly string[] {
  if (node.kind() === 'ternary_expression') return ['consequence', 'alternative'];
  return node.kind() === 'binary_expression' && isFallback(node) ? ['left', 'right'] : [];
}

const holdsSecret = (text: string | null): boolean => text !== null && isSecretText(text);

const saying =
  /(?:^|\.)(?:log|info|warn|error|debug|trace|fatal|print|write|assert|describe|it|test)$|Error$/;

/** Not only told to a person. */
function isUsed(text: Node): boolean {
  let up = text.parent();
  for (let step = 0; up !== null && step < chainLimit; step += 1, up = up.parent()) {
    const kind = kindOf(up);
    if (/_statement$|^statement_block$|_declaration$/.test(kind)) return true;
    if (/^(?:call|new)_expression$/.test(kind) && saying.test(calleeOf(up))) return false;
  }
  return true;
}

/** Its line, without the text. */
function placeOf(view: View, text: Node): Place {
  const { file, line } = view.placeOf(text);
  const [written = ''] = text.text().split('\n');
  const whole = view.text.split('\n')[line - 1] ?? '';
  const quote = /^['"`]/.exec(written)?.[0];
  return {
    file,
    line,
    text: shown(quote === undefined ? whole : whole.replaceAll(written, `${quote}********${quote}`)),
  };
}
