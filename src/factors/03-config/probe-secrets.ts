/** Whether an app keeps the secrets of its config out of what it prints. */
import { broken, type Evidence, holds, notApplicable, type Probe, some, unproven } from '../law.ts';

/** All that processes of the app printed while they were watched, and what must not be in it. */
export interface PrintedFacts {
  /** Values of secret variables, as they may be printed. */
  readonly secrets: readonly SecretText[];
  readonly outputs: readonly PrintedOutput[];
  /** Kinds of services that were taken away meanwhile; null: none were. */
  readonly away: string | null;
}

export interface SecretText {
  readonly variable: string;
  readonly text: string;
}

export interface PrintedOutput {
  readonly process: string;
  readonly lines: readonly { readonly atMs: number; readonly text: string }[];
}

export const printsNoSecrets: Probe<PrintedFacts> = {
  id: 'config/prints-no-secrets',
  statement: 'Prints no secret of its config',
  method: 'run',
  why: 'Output is kept, copied and read by many: a secret that was printed once has to be changed.',
  source: 'https://12factor.net/config',
  how: 'Passwords of addresses, generated secrets and values of the env file are looked for in every line printed while the app started, served, failed without a variable, lost its services while requests came, and at the request that is known to fail.',
  blind:
    'A secret that is encoded, cut or printed on an occasion that did not arise is not found, such as when attempts to reach a service again are given up after a while; neither is one of less than 8 characters.',
  mend: 'Print the names of variables, and of an address its host alone',
  fixes: {
    javascript:
      "const { host, pathname } = new URL(databaseUrl);\nlog.info('connecting', { host, database: pathname.slice(1) });",
    python: "url = urlsplit(database_url)\nlog.info('connecting to %s', url.hostname)",
    ruby: 'uri = URI(database_url)\nlogger.info("connecting to #{uri.host}")',
  },
  judge: ({ secrets, outputs, away }) => {
    if (secrets.length === 0) return notApplicable('No variable that it was given holds a secret');
    const lines = outputs.reduce((sum, output) => sum + output.lines.length, 0);
    if (lines === 0) return unproven('The processes that were watched printed nothing');
    const leaks = outputs.flatMap((output) => leaksIn(output, secrets));
    const names = [...new Set(leaks.flatMap(({ variables }) => variables))];
    const evidence = leaks.map(({ event }) => event).slice(0, evidenceLimit);
    if (some(evidence)) return broken(`It prints the value of ${names.join(', ')}`, evidence);
    const looked = [...new Set(secrets.map(({ variable }) => variable))];
    const also = away === null ? '' : `, also when ${away} was taken away,`;
    return holds(`None of ${lines} lines that it printed${also} holds the value of ${looked.join(', ')}`);
  },
};

const evidenceLimit = 10;
/** What is shorter is found by chance. */
const shortest = 8;

/** The texts of a variable that must not be printed: all of it, or of an address without a password nothing. */
export function secretTexts(variable: string, value: string): readonly SecretText[] {
  const url = URL.canParse(value) && value.includes('://') ? new URL(value) : null;
  const texts =
    url === null ? [value] : url.password === '' ? [] : [value, url.password, decoded(url.password)];
  return [...new Set(texts)].filter((text) => text.length >= shortest).map((text) => ({ variable, text }));
}

/** A text in which no secret stands any more, nor the beginning of one at its end, where a text was cut. */
export function masked(text: string, secrets: readonly SecretText[]): string {
  return [...secrets]
    .sort((a, b) => b.text.length - a.text.length)
    .reduce((left, secret) => withoutOne(left, secret), text);
}

function withoutOne(text: string, secret: SecretText): string {
  const whole = text.replaceAll(secret.text, () => `[${secret.variable}]`);
  for (let length = secret.text.length - 1; length >= shortest; length -= 1)
    if (whole.endsWith(secret.text.slice(0, length))) return `${whole.slice(0, -length)}[${secret.variable}]`;
  return whole;
}

interface Leak {
  readonly variables: readonly string[];
  readonly event: Evidence;
}

function leaksIn({ process, lines }: PrintedOutput, secrets: readonly SecretText[]): readonly Leak[] {
  return lines.flatMap(({ atMs, text }) => {
    const found = secrets.filter((each) => text.includes(each.text));
    const variables = [...new Set(found.map(({ variable }) => variable))];
    if (variables.length === 0) return [];
    const bytes = masked(text, secrets).slice(0, 500);
    const what = `printed the value of ${variables.join(', ')}, masked here`;
    return [{ variables, event: { kind: 'event', process, atMs, what, bytes } }];
  });
}

/** As a driver prints it. */
function decoded(password: string): string {
  return new URLSearchParams(`p=${password.replaceAll('+', '%2B').replaceAll('&', '%26')}`).get('p') ?? '';
}
