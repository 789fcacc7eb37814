import { readFileSync } from 'node:fs';
import { printable } from '../../api/stages.ts';
import { userError } from '../../base/error.ts';
import { parseDotenv, renderDotenv } from '../../factors/03-config/dotenv.ts';
import { Secret } from '../../factors/03-config/secret.ts';
import { followChange } from '../follow-change.ts';
import { printJson } from '../print.ts';
import { command } from '../spec.ts';
import { findAppName, findPlatform } from '../target.ts';

export const list = command({
  name: 'config',
  summary: "shows the app's variables and their values",
  onApp: true,
  options: { env: { type: 'boolean', help: 'as a .env file, which config set --file reads back' } },
  examples: [
    ['dozen config -a shop', 'every variable'],
    ['dozen config -a shop --env > .env', 'into a file'],
  ],
  async run({ app, json, options }) {
    const variables = await read(findAppName(app));
    if (json) return printJson(variables);
    if (options.env) process.stdout.write(dotenvOf(variables));
    else {
      const width = Math.max(0, ...Object.keys(variables).map((name) => name.length));
      for (const [name, value] of Object.entries(variables))
        process.stdout.write(`${name.padEnd(width)}  ${printable(value).replaceAll('\n', '␊')}\n`);
    }
    return 0;
  },
});

export const get = command({
  name: 'config get',
  summary: 'prints the value of one variable',
  takes: 'NAME',
  min: 1,
  onApp: true,
  options: {},
  examples: [['dozen config get DATABASE_URL -a shop', 'its bytes, and a line break on a terminal']],
  async run({ words: [name = ''], app, json }) {
    const variables = await read(findAppName(app));
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value === undefined) {
      throw userError(
        'VARIABLE_UNKNOWN',
        `Cannot print ${JSON.stringify(name.slice(0, 80))}: it is not set`,
        {
          hint: 'dozen config lists those that are',
        },
      );
    }
    if (json) return printJson({ [name]: value });
    process.stdout.write(process.stdout.isTTY ? `${value}\n` : value);
    return 0;
  },
});

export const set = command({
  name: 'config set',
  summary: 'sets variables: one release for all of them',
  takes: 'NAME=VALUE…',
  min: 0,
  max: 1000,
  onApp: true,
  options: {
    file: { type: 'string', short: 'f', value: 'FILE', help: 'a .env file; "-" for standard input' },
    stdin: {
      type: 'string',
      value: 'NAME',
      help: 'the value of NAME is what standard input holds, byte for byte',
    },
  },
  details: `Values travel as they are: line breaks, quotes, "#" and "$" included. A value given as an argument is seen in the shell's
history and the machine's list of processes: --file and --stdin are not.`,
  examples: [
    ['dozen config set GREETING=hello COLOUR=blue -a shop', 'two variables, one release'],
    ['dozen config set --file .env -a shop', 'all of a file'],
    ['dozen config set --stdin TLS_KEY -a shop < key.pem', 'a value with line breaks'],
  ],
  async run({ words, app, json, options }) {
    const changes = new Map<string, string>();
    if (options.file !== null)
      for (const [name, value] of parseDotenv(readText(options.file))) changes.set(name, value.reveal());
    if (options.stdin !== null) changes.set(options.stdin, readText('-'));
    for (const word of words) changes.set(...pairOf(word));
    if (changes.size === 0) {
      throw userError('USAGE', 'Cannot run dozen config set: no variable is given', {
        hint: 'dozen config set NAME=VALUE, or --file .env',
      });
    }
    return change(findAppName(app), Object.fromEntries(changes), json);
  },
});

export const unset = command({
  name: 'config unset',
  summary: 'unsets variables: one release for all of them',
  takes: 'NAME…',
  min: 1,
  max: 1000,
  onApp: true,
  options: {},
  examples: [['dozen config unset GREETING COLOUR -a shop', 'both, one release']],
  async run({ words, app, json }) {
    return change(findAppName(app), Object.fromEntries(words.map((name) => [name, null])), json);
  },
});

async function read(app: string): Promise<Record<string, string>> {
  return findPlatform().ask('GET /apps/:app/config-vars', { params: { app } });
}

export async function change(
  app: string,
  body: Record<string, string | null>,
  json: boolean,
): Promise<number> {
  const client = findPlatform();
  const { change: name } = await client.change('PATCH /apps/:app/config-vars', { params: { app }, body });
  if (name === null) {
    if (!json) process.stdout.write('Nothing is other than before: no release was made\n');
    return 0;
  }
  await followChange(client, name, { json });
  return 0;
}

function pairOf(word: string): [string, string] {
  const at = word.indexOf('=');
  if (at > 0) return [word.slice(0, at), word.slice(at + 1)];
  throw userError('USAGE', `Cannot set ${JSON.stringify(word.slice(0, 80))}: it is not NAME=VALUE`, {
    hint: 'dozen config set GREETING=hello',
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw userError(
      'ENV_FILE_UNREADABLE',
      `Cannot read ${JSON.stringify(file)}: ${(error as NodeJS.ErrnoException).code}`,
      { hint: 'Give the path of a file that you can read', cause: error },
    );
  }
}

export function dotenvOf(variables: Readonly<Record<string, string>>): string {
  return renderDotenv(new Map(Object.entries(variables).map(([name, value]) => [name, new Secret(value)])));
}
