/** What a command is: its words, its options and its help, from one description. */
import { parseArgs } from 'node:util';
import { userError } from '../base/error.ts';
import type { Doors } from './command.ts';
import { columns, wrap } from './wrap.ts';

export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  /** How its value is shown in help, e.g. `NAME`. */
  readonly value?: string;
  readonly help: string;
}

export interface Spec<Options extends Readonly<Record<string, Option>> = Readonly<Record<string, Option>>> {
  /** One or two words, e.g. `config set`. */
  readonly name: string;
  readonly summary: string;
  /** What follows the name, e.g. `NAME=VALUE…`. */
  readonly takes?: string;
  readonly min?: number;
  readonly max?: number;
  /** Whether it works on an app: then it has `--app`. */
  readonly onApp?: boolean;
  /** Whether everything from the first word on is words, as `run ls -l` has it. */
  readonly endsAtWord?: boolean;
  readonly options: Options;
  /** Paragraphs between usage and options. */
  readonly details?: string;
  readonly examples: readonly (readonly [command: string, what: string])[];
  run(given: Given<Options>, doors: Doors): Promise<number>;
}

export interface Given<Options extends Readonly<Record<string, Option>>> {
  readonly words: readonly string[];
  readonly json: boolean;
  /** As `--app` says; null when it does not. */
  readonly app: string | null;
  readonly options: { readonly [K in keyof Options]: ValueOf<Options[K]> };
}

type ValueOf<O extends Option> = O extends { readonly type: 'boolean' }
  ? boolean
  : O extends { readonly multiple: true }
    ? readonly string[]
    : string | null;

/** Keeps the options' types: what `run` is given fits what it says it takes. */
export function command<const Options extends Readonly<Record<string, Option>>>(spec: Spec<Options>): Spec {
  return spec as unknown as Spec;
}

const common = {
  json: { type: 'boolean', help: 'JSON instead of text' },
  help: { type: 'boolean', short: 'h', help: 'this' },
} as const satisfies Readonly<Record<string, Option>>;

const appOption = {
  app: {
    type: 'string',
    short: 'a',
    value: 'APP',
    help: 'the app (default: DOZEN_APP, or the Git remote "dozen")',
  },
} as const satisfies Readonly<Record<string, Option>>;

/** Null when help was asked for. @throws USAGE */
export function readArguments(spec: Spec, args: readonly string[]): Given<Spec['options']> | null {
  const options = allOptions(spec);
  const { values, positionals } = parse(spec, { args, options });
  if (values.help === true) return null;
  const { min = 0, max = min } = spec;
  if (positionals.length < min) throw usage(spec, `${spec.takes ?? 'a word'} is missing`);
  if (positionals.length > max) throw usage(spec, `${JSON.stringify(positionals[max])} is one word too many`);
  const given = Object.entries(spec.options).map(([name, option]) => [name, values[name] ?? absent(option)]);
  const app = typeof values.app === 'string' ? values.app : null;
  return { words: positionals, json: values.json === true, app, options: Object.fromEntries(given) };
}

function absent({ type, multiple }: Option): false | null | readonly string[] {
  if (type === 'boolean') return false;
  return multiple === true ? [] : null;
}

function allOptions(spec: Spec): Readonly<Record<string, Option>> {
  return { ...spec.options, ...(spec.onApp === true ? appOption : {}), ...common };
}

interface Parsing {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
}

function parse(
  spec: Spec,
  { args, options }: Parsing,
): { values: Readonly<Record<string, unknown>>; positionals: readonly string[] } {
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short === undefined ? {} : { short }), ...(multiple === true ? { multiple } : {}) },
    ]),
  );
  try {
    return parseArgs({
      args: spec.endsAtWord === true ? closed(args, options) : [...args],
      allowPositionals: true,
      options: config,
    });
  } catch (error) {
    throw usage(spec, (error as Error).message.split('. ')[0] ?? 'the options are off');
  }
}

/** With `--` before the first word. */
function closed(args: readonly string[], options: Parsing['options']): string[] {
  const takesNext = (arg: string): boolean =>
    Object.entries(options).some(
      ([name, { type, short }]) => type === 'string' && (arg === `--${name}` || arg === `-${short}`),
    );
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (arg === '--') return [...args];
    if (!arg.startsWith('-') || arg === '-') return [...args.slice(0, at), '--', ...args.slice(at)];
    if (takesNext(arg)) at += 1;
  }
  return [...args];
}

export function usage({ name }: Pick<Spec, 'name'>, why: string): Error {
  return userError('USAGE', `Cannot run dozen ${name}: ${why}`, { hint: `dozen ${name} --help` });
}

export interface HelpFrame {
  /** In characters. */
  readonly width: number;
  /** Other commands of its noun, with their summaries. */
  readonly others: readonly (readonly [name: string, summary: string])[];
}

export function helpOf(spec: Spec, { width, others }: HelpFrame): string {
  const takes = spec.takes === undefined ? '' : ` ${spec.takes}`;
  const parts = [
    wrap(capital(spec.summary), width).join('\n'),
    `Usage: dozen ${spec.name}${takes} [options]`,
    ...(spec.details === undefined ? [] : [wrap(spec.details, width).join('\n')]),
    columns(
      Object.entries(allOptions(spec)).map(([name, option]) => [optionWords(name, option), option.help]),
      width,
    ),
    ...(others.length === 0 ? [] : [`Commands\n${columns(others, width)}`]),
    `Examples\n${columns(spec.examples, width)}`,
  ];
  return parts.join('\n\n');
}

function optionWords(name: string, { short, value, type }: Option): string {
  const word = type === 'boolean' ? `--${name}` : `--${name} ${value ?? 'TEXT'}`;
  return short === undefined ? word : `-${short}, ${word}`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
