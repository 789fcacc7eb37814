/** What a service holds: out of it, into it, and looked at. */
import { open } from 'node:fs/promises';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { pipeline as piped } from 'node:stream/promises';
import { userError } from '../../base/error.ts';
import { printJson } from '../print.ts';
import { showProgress } from '../progress.ts';
import { runPsql } from '../psql.ts';
import { receiveFile } from '../receive-file.ts';
import { command, usage } from '../spec.ts';
import { findPlatform } from '../target.ts';
import { confirmed } from './services.ts';

export const backup = command({
  name: 'services backup',
  summary: 'writes everything in a service to a file, while it runs',
  takes: 'NAME',
  min: 1,
  options: { out: { type: 'string', short: 'o', value: 'FILE', help: 'the file; "-" for standard output' } },
  details: `Under its name the file is whole or not there. It holds all the data and what passwords are checked with: it is made for you
alone to read.`,
  examples: [
    ['dozen services backup shop-database --out shop.backup', 'into a file'],
    ['dozen services backup shop-database --out - | ssh box "cat > shop.backup"', 'to another machine'],
  ],
  async run({ words: [service = ''], json, options: { out } }) {
    if (out === null) throw usage({ name: 'services backup' }, 'no file is given: --out FILE');
    if (out === '-' && process.stdout.isTTY)
      throw usage({ name: 'services backup' }, 'standard output is a terminal');
    const { signal, release } = untilSignal();
    try {
      const call = 'GET /dozen/v1/services/:service/backup';
      const from = await findPlatform().download(call, { params: { service }, signal });
      const through = showProgress('Backed up');
      if (out === '-') await piped(from, through, process.stdout, { signal });
      else await receiveFile(out, { from, through, signal });
    } catch (error) {
      throw cutOff(service, error);
    } finally {
      release();
    }
    if (json && out !== '-') return printJson({ service, file: out });
    if (out !== '-') process.stdout.write(`Wrote ${out}\n`);
    return 0;
  },
});

export const restore = command({
  name: 'services restore',
  summary: 'puts what a backup holds in the place of what a service holds',
  takes: 'NAME',
  min: 1,
  options: {
    from: { type: 'string', value: 'FILE', help: 'the backup; "-" for standard input' },
    confirm: { type: 'string', value: 'NAME', help: 'the name once more, instead of asking' },
  },
  details: `What the service holds now is lost. A file that is damaged, cut off or of another kind is refused before anything is touched.
The service is away while its server starts anew; its credentials stay.`,
  examples: [['dozen services restore shop-database --from shop.backup', 'what was in it then']],
  async run({ words: [name = ''], json, options: { from, confirm } }) {
    if (from === null) throw usage({ name: 'services restore' }, 'no file is given: --from FILE');
    const client = findPlatform();
    const params = { service: name };
    const bytes = await readFrom(from);
    try {
      await client.ask('GET /dozen/v1/services/:service', { params });
      const typed = `services restore ${name} --from ${from}`;
      await confirmed(name, { given: confirm, doing: 'restore', command: typed });
      const sent = pipeline(bytes, showProgress('Sent'), new PassThrough(), () => undefined);
      const service = await client.upload('PUT /dozen/v1/services/:service/data', { params }, sent);
      if (json) return printJson(service);
    } finally {
      bytes.destroy();
    }
    process.stdout.write(`Restored ${name}\n`);
    return 0;
  },
});

export const psql = command({
  name: 'services psql',
  summary: 'opens a SQL prompt on a service',
  takes: 'NAME [-- ARGUMENTS…]',
  min: 1,
  max: 100,
  options: {},
  details: `With psql where it is installed, else with a prompt of Dozen's own. The session has a credential of its own, which ends with it.
Services listen on loopback: this works on the machine of the platform.`,
  examples: [
    ['dozen services psql shop-database', 'a prompt'],
    ['dozen services psql shop-database -- -c "SELECT 1"', 'one statement, by psql'],
  ],
  async run({ words: [service = '', ...args] }) {
    const client = findPlatform();
    const over = new AbortController();
    const call = 'GET /dozen/v1/services/:service/session';
    for await (const { url } of client.follow(call, { params: { service }, signal: over.signal })) {
      try {
        return await runPsql({ url, args });
      } finally {
        over.abort();
      }
    }
    return 1;
  },
});

async function readFrom(file: string): Promise<Readable> {
  if (file === '-') return process.stdin;
  try {
    return (await open(file, 'r')).createReadStream();
  } catch (error) {
    throw userError(
      'FILE_UNREADABLE',
      `Cannot read ${JSON.stringify(file)}: ${(error as NodeJS.ErrnoException).code}`,
      {
        hint: 'Give the path of a file that you can read',
        cause: error,
      },
    );
  }
}

/** Aborts when somebody wants this to end, so that what was begun is tidied up. */
function untilSignal(): { readonly signal: AbortSignal; readonly release: () => void } {
  const asked = new AbortController();
  const abort = (): void => asked.abort();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.once(name, abort);
  return {
    signal: asked.signal,
    release: () => {
      for (const name of names) process.off(name, abort);
    },
  };
}

function cutOff(service: string, error: unknown): unknown {
  const { code = '' } = error as { readonly code?: string };
  if (!['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'].includes(code)) return error;
  return userError('BACKUP_CUT_OFF', `Cannot back up ${service}: the stream was cut off`, {
    hint: `Look whether it answers with dozen services info ${service}, then try again`,
    left: 'No file: what was there before is as it was',
    cause: error,
  });
}
