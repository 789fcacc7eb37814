import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { PassThrough, pipeline } from 'node:stream';
import type { Client } from '../../api/client.ts';
import { userError } from '../../base/error.ts';
import { followChange } from '../follow-change.ts';
import { openTarball, type Packed, packFolder } from '../pack.ts';
import { showProgress } from '../progress.ts';
import { command } from '../spec.ts';
import { findAppName, findPlatform } from '../target.ts';

export const deploy = command({
  name: 'deploy',
  summary: 'deploys a commit, a folder as it lies there, or a tarball, without a Git remote',
  takes: '[FOLDER]',
  max: 1,
  onApp: true,
  options: {
    commit: { type: 'string', value: 'COMMIT', help: 'another commit (default: HEAD)' },
    worktree: { type: 'boolean', help: 'the files as they lie there, uncommitted changes included' },
    tarball: { type: 'string', value: 'FILE', help: 'a .tar or .tar.gz; "-" for standard input' },
    'new-codebase': {
      type: 'boolean',
      help: 'even when it has no commit in common with what the app runs',
    },
  },
  details: `FOLDER is the root of a Git repository (default: the one you are in). The exit code is 0 once the new release serves. What
ignore files name is left out of --worktree.`,
  examples: [
    ['dozen deploy -a shop', 'the last commit of this repository'],
    ['dozen deploy ~/shop --commit v1.4 -a shop', 'a tag of another'],
    ['dozen deploy --worktree -a shop', 'what you have not committed yet, too'],
    ['dozen deploy --tarball shop.tar.gz -a shop', 'what a pipeline has packed'],
  ],
  async run({ words: [folder = '.'], app: given, options, json }) {
    const client = findPlatform();
    const app = findAppName(given);
    const cwd = path.resolve(folder);
    const newCodebase = options['new-codebase'];
    if (options.tarball === null && !options.worktree) {
      return push(client, { app, cwd, commit: commitOf(cwd, options.commit ?? 'HEAD'), newCodebase });
    }
    const packed =
      options.tarball === null ? packFolder(cwd) : { bytes: openTarball(options.tarball), base: null };
    await followChange(client, await send(client, { app, packed, newCodebase }), { json });
    return 0;
  },
});

interface Pushing {
  readonly app: string;
  readonly cwd: string;
  readonly commit: string;
  readonly newCodebase: boolean;
}

/** Git shows the stages, and its exit code is the deploy's. */
async function push(client: Client, { app, cwd, commit, newCodebase }: Pushing): Promise<number> {
  const { git_url: url } = await client.ask('GET /apps/:app', { params: { app } });
  const pushOptions = newCodebase ? ['--push-option=new-codebase'] : [];
  const child = spawn('git', ['push', ...pushOptions, url, `+${commit}:refs/heads/main`], {
    cwd,
    env: { ...process.env, ...credential(url, client.peer.token) },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

interface Sending {
  readonly app: string;
  readonly packed: Packed;
  readonly newCodebase: boolean;
}

/** The name of the change. */
async function send(client: Client, { app, packed: { bytes, base }, newCodebase }: Sending): Promise<string> {
  const query = {
    ...(base === null ? {} : { base }),
    ...(newCodebase ? { new_codebase: 'true' } : {}),
  };
  const sent = pipeline(bytes, showProgress('Sent'), new PassThrough(), () => undefined);
  const call = 'POST /dozen/v1/apps/:app/deploys';
  return (await client.upload(call, { params: { app }, query }, sent)).change;
}

function commitOf(cwd: string, name: string): string {
  const args = ['rev-parse', '--verify', '--end-of-options', `${name}^{commit}`];
  const { status, stdout, stderr, error } = spawnSync('git', args, { cwd, encoding: 'utf8' });
  if (status === 0) return stdout.trim();
  const why = (error?.message ?? stderr).trim().split('\n')[0];
  throw userError(
    'SOURCE_NOT_COMMITTED',
    `Cannot deploy ${JSON.stringify(cwd)} at ${name.slice(0, 80)}: ${why}`,
    {
      hint: 'git add . && git commit, then deploy again',
    },
  );
}

/** Through the environment: a command line is seen by every user of the machine. */
function credential(url: string, token: string): Record<string, string> {
  const pair = Buffer.from(`dozen:${token}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${new URL(url).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${pair}`,
    GIT_TERMINAL_PROMPT: '0',
  };
}
