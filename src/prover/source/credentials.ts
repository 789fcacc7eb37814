/** Credentials in a text, by the rules of secretlint. What is found is never kept: a line without it, and a digest. */
import { createHash } from 'node:crypto';
import { lintSource } from '@secretlint/core';
import { secretLintProfiler } from '@secretlint/profiler';
import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import { isEnvFile, secretValuesIn } from './env-file.ts';
import { shown } from './hit.ts';
import { isMadeUpWord } from './secret-words.ts';

export interface Credential {
  /** `a private key` */
  readonly what: string;
  /** From 1. */
  readonly line: number;
  /** The line up to the credential. */
  readonly text: string;
  /** Of the credential, to know it again. */
  readonly digest: string;
  /** Whether it is of a form that tests and documents are full of. */
  readonly mayBeMadeUp: boolean;
}

secretLintProfiler.setEnabled(false);

/** Comments in the text that ask to be passed over are no reason to: the rule that would heed them is left out. */
const heeded = rules.filter(({ meta }) => meta.id !== '@secretlint/secretlint-rule-filter-comments');

const preset = {
  meta: { id: 'dozen-credentials', recommended: true, type: 'preset' as const },
  rules: heeded,
  create: (context: { registerRule(rule: (typeof rules)[number]): void }) => {
    for (const rule of heeded) context.registerRule(rule);
  },
};

const options = {
  noPhysicFilePath: true,
  config: { rules: [{ id: preset.meta.id, rule: preset }] },
} as unknown as Parameters<typeof lintSource>[0]['options'];

/** What a rule that goes by the file's name needs of it; the name itself leads to no file. */
export type TextKind = '.npmrc' | 'package.json' | '.json' | '.env' | '.txt';

export function kindOfText(file: string): TextKind {
  const known = (['.npmrc', 'package.json', '.json'] as const).find((end) => file.endsWith(end));
  return known ?? (isEnvFile(file) ? '.env' : '.txt');
}

export async function credentialsIn(text: string, kind: TextKind): Promise<readonly Credential[]> {
  const ext = kind === '.json' || kind === 'package.json' ? '.json' : kind;
  const source = { content: text, filePath: `text${kind}`, ext, contentType: 'text' as const };
  const { messages } = await lintSource({ source, options });
  const found = messages
    .filter(({ messageId }) => messageId !== 'AWSAccountID')
    .map(({ ruleId, range: [start, end] }) => ({ rule: ruleId.replace(/^.*rule-/, ''), start, end }));
  const byForm = [...found, ...shortKeysIn(text)];
  const byName = kind === '.env' ? valuesBeside(byForm, text) : [];
  const all: readonly Match[] = [...byForm, ...byName].sort((one, other) => one.start - other.start);
  const starts = lineStarts(text, all.length > 0);
  return all
    .filter(({ rule, start, end }) => !isPlaceholder(rule, text.slice(start, end)))
    .map(({ rule, start, end, variable }) => {
      const line = lineAt(starts, start);
      return {
        what: variable === undefined ? (names[rule] ?? `a credential of ${rule}`) : `a value of ${variable}`,
        line: line + 1,
        text: shown(`${text.slice(Math.max(starts[line] ?? 0, start - 120), start)}********`),
        digest: createHash('sha256').update(text.slice(start, end)).digest('base64url'),
        mayBeMadeUp: rule === 'privatekey' || variable !== undefined || addresses.has(rule),
      };
    });
}

interface Match {
  readonly rule: string;
  readonly start: number;
  readonly end: number;
  /** That it is the value of, where only this tells what it is. */
  readonly variable?: string;
}

const valuesBeside = (found: readonly Match[], text: string): readonly Match[] =>
  secretValuesIn(text)
    .filter((value) => !found.some(({ start, end }) => start < value.end && value.start < end))
    .map((value) => ({ rule: 'env-file', ...value }));

/** Private keys of fewer characters than secretlint takes for one, such as those of Ed25519. */
const shortKey =
  /-----BEGIN (?:EC )?PRIVATE KEY-----[A-Za-z0-9+/=\s\\]{40,99}-----END (?:EC )?PRIVATE KEY-----/g;

const shortKeysIn = (text: string): readonly Match[] =>
  [...text.matchAll(shortKey)].map(({ 0: key, index }) => {
    return { rule: 'privatekey', start: index, end: index + key.length };
  });

const addresses = new Set(['basicauth', 'database-connection-string']);

const names: Readonly<Record<string, string>> = {
  privatekey: 'a private key',
  basicauth: 'an address with a password',
  'database-connection-string': 'the address of a database with a password',
  aws: 'a credential of AWS',
  gcp: 'a credential of Google Cloud',
  npm: 'a token of npm',
  github: 'a token of GitHub',
  gitlab: 'a token of GitLab',
  slack: 'a token of Slack',
  stripe: 'a key of Stripe',
  sendgrid: 'a key of SendGrid',
  openai: 'a key of OpenAI',
  anthropic: 'a key of Anthropic',
  docker: 'a credential of a Docker registry',
};

const place = /:\/\/([^\s:/@]*):([^\s@/]*)@([^\s:/?#'"`]*)/;
const madeUpHost =
  /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?|0\.0\.0\.0|host(?:name)?|(?:.*\.)?example(?:\.\w+)?|.*\.(?:test|invalid|localhost))$/i;

/** A name that a value is put in for. */
const template = /^\W|[<>{}%]/;

/** An address whose password nobody can use: of this machine, of a name that is kept for examples, or a word for it. */
function isPlaceholder(rule: string, matched: string): boolean {
  const parts = addresses.has(rule) ? place.exec(matched) : null;
  if (parts === null) return false;
  const [, user = '', password = '', host = ''] = parts;
  return (
    madeUpHost.test(host) ||
    password === '' ||
    template.test(password) ||
    isMadeUpWord(password) ||
    user === password
  );
}

function lineStarts(text: string, wanted: boolean): readonly number[] {
  const starts = [0];
  if (!wanted) return starts;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function lineAt(starts: readonly number[], index: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}
