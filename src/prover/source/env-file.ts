/** Files of variables that are committed with their values, and the secrets that stand in them. */
import { isMadeUpWord, isSecretName, isSecretText } from './secret-words.ts';

/** Whether it is there to be used: one that shows which variables there are, or is for tests alone, is not. */
export function isEnvFile(file: string): boolean {
  const name = file.slice(file.lastIndexOf('/') + 1);
  return /^\.env(?:\.|$)|\.env$/i.test(name) && !forShow.test(name);
}

const forShow =
  /(?:^|[._-])(?:examples?|samples?|templates?|tmpl|tpl|dist|defaults?|tests?|testing|e2e|ci)(?:[._-]|$)/i;

export interface SecretValue {
  readonly variable: string;
  /** Of the value, in the text. */
  readonly start: number;
  readonly end: number;
}

const assignment =
  /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w{0,99})[ \t]*=[ \t]*(?:"([^"\r\n]*)"?|'([^'\r\n]*)'?|([^\r\n]*))/dgm;

/** Values of variables that are named as secrets are, without those that keep nobody out. */
export function secretValuesIn(text: string): readonly SecretValue[] {
  const all = [...text.matchAll(assignment)].flatMap(assigned);
  // Who has the name for a password has made none up, such as POSTGRES_USER=shop and POSTGRES_PASSWORD=shop.
  const open = new Set(all.filter(({ variable }) => !isSecretName(variable)).map(({ value }) => value));
  return all
    .filter(({ variable, value }) => isSecretName(variable) && keepsOut(variable, value) && !open.has(value))
    .map(({ variable, start, end }) => ({ variable, start, end }));
}

function assigned(match: RegExpExecArray): readonly (SecretValue & { readonly value: string })[] {
  const group = [2, 3, 4].find((at) => match[at] !== undefined);
  const start = group === undefined ? undefined : match.indices?.[group]?.[0];
  if (group === undefined || start === undefined) return [];
  const written = match[group] ?? '';
  const value = (group === 4 ? beforeComment(written) : written).trim();
  return [{ variable: match[1] ?? '', value, start, end: start + Math.max(1, value.length) }];
}

function beforeComment(written: string): string {
  const at = written.search(/(?:^|[ \t])#/);
  return at === -1 ? written : written.slice(0, at);
}

/** What is shorter is a word for the machine of a developer. */
const shortest = 6;

function keepsOut(variable: string, value: string): boolean {
  return (
    value.length >= shortest &&
    isSecretText(value) &&
    !isMadeUpWord(value) &&
    !standsElsewhere.test(value) &&
    !local.test(value) &&
    (!isKeyOrToken(variable) || isRandom(value))
  );
}

/** A header, a cookie, a column or a file is named so too. */
const isKeyOrToken = (variable: string): boolean => /(?:key|token)$/i.test(variable);

const isRandom = (value: string): boolean =>
  /\d/.test(value) &&
  /[A-Za-z]/.test(value) &&
  !/^\d+ ?[a-z]+$/i.test(value) &&
  !/^[a-z\d_.-]+(?:\/[a-z\d_.-]+)+$/.test(value);

/** Sealed, put in later, or the name of a place that has it. */
const standsElsewhere =
  /^(?:encrypted|vault|ssm|sm|op|ref\+[a-z]+|arn|projects)[:/]|^ENC\[|\$\{|\{\{|^\$(?:[A-Za-z_]+\b(?!\$)|[({])|^`|^<.*>$|^%.*%$|^\[.*\]$|^\{.*\}$|^\W+$/;

/** What is said to be no secret, and what only a machine of one's own takes. */
const local = new RegExp(
  [
    'localhost|^127\\.|example|place-?holder',
    '^(?:dev(?:elopment)?|local(?:dev)?|dummy|fake|sample|demo|todo|fixme|insecure|unsafe|default|redis|rabbitmq|mongo(?:db)?|maria(?:db)?|minio)(?:$|[-_. ]|(?=secret|pass|key|token|user|root|admin))',
    '^(?:please[-_ ])?(?:change|replace|fill|set)[-_ ]?(?:me|it|this|in)|[-_ ](?:change|replace)[-_ ]?(?:me|it|this)$',
    '^(?:(?:super|very|top|not|a|no)[-_ ]?)*secret(?:[-_ ]?(?:key|password|token))*$',
    '^pass(?:word|wd)?\\d{0,4}!?$|^(?:0?1?2345678?9?0?|\\d{1,7})$|^(.)\\1+$',
  ].join('|'),
  'i',
);
