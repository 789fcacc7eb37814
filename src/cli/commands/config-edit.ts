import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { userError } from '../../base/error.ts';
import { parseDotenv } from '../../factors/03-config/dotenv.ts';
import { command } from '../spec.ts';
import { findAppName, findPlatform } from '../target.ts';
import { change, dotenvOf } from './config.ts';

export const edit = command({
  name: 'config edit',
  summary: 'opens the variables in your editor; what you save is one release',
  onApp: true,
  options: {},
  details:
    'The editor is $VISUAL or $EDITOR. A line that you remove unsets its variable. The file is yours alone and removed at the end.',
  examples: [['EDITOR=nano dozen config edit -a shop', 'nothing is set when nothing was changed']],
  async run({ app: given, json }) {
    const app = findAppName(given);
    const client = findPlatform();
    const read = (): Promise<Record<string, string>> =>
      client.ask('GET /apps/:app/config-vars', { params: { app } });
    const before = await read();
    const after = Object.fromEntries(
      [...parseDotenv(await edited(dotenvOf(before)))].map(([name, value]) => [name, value.reveal()]),
    );
    const changes = difference(before, after);
    if (Object.keys(changes).length > 0 && Object.keys(difference(before, await read())).length > 0) {
      throw userError(
        'CONFIG_CHANGED',
        `Cannot save: the config of ${app} was changed while you were editing`,
        {
          hint: `dozen config edit -a ${app} again`,
        },
      );
    }
    return change(app, changes, json);
  },
});

function difference(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Record<string, string | null> {
  const set = Object.entries(after).filter(([name, value]) => before[name] !== value);
  const unset = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  return Object.fromEntries([...set, ...unset.map((name) => [name, null] as const)]);
}

async function edited(text: string): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-config-'));
  const file = path.join(folder, 'config.env');
  try {
    writeFileSync(file, text, { mode: 0o600 });
    const [program = '', ...args] = editor();
    const child = spawn(program, [...args, file], { stdio: 'inherit' });
    const failed = once(child, 'error').then(([error]) => Promise.reject(error));
    const [code] = (await Promise.race([once(child, 'exit'), failed])) as [number | null];
    if (code !== 0) throw notEdited(program, `it ended with ${code ?? 'a signal'}`);
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Words between spaces: no shell reads them. */
function editor(): string[] {
  const { VISUAL: visual, EDITOR: plain } = process.env;
  const words = (visual || plain || '').split(' ').filter((word) => word !== '');
  if (words.length > 0) return words;
  throw notEdited('your editor', 'neither VISUAL nor EDITOR is set');
}

function notEdited(program: string, why: string): Error {
  return userError('EDITOR_FAILED', `Cannot edit with ${program}: ${why}`, {
    hint: 'EDITOR=nano dozen config edit, or dozen config set NAME=VALUE',
  });
}
