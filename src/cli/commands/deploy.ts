import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { userError } from '../../base/error.ts';
import { command } from '../spec.ts';
import { findAppName, findPlatform } from '../target.ts';

export const deploy = command({
  name: 'deploy',
  summary: 'deploys the last commit of a folder, without a Git remote',
  takes: '[FOLDER]',
  max: 1,
  onApp: true,
  options: {
    commit: { type: 'string', value: 'COMMIT', help: 'another commit (default: HEAD)' },
    'new-codebase': { type: 'boolean', help: 'even when it has no commit in common with what the app runs' },
  },
  details:
    'FOLDER is the root of a Git repository (default: the one you are in). The exit code is 0 once the new release serves.',
  examples: [
    ['dozen deploy -a shop', 'the last commit of this repository'],
    ['dozen deploy ~/shop --commit v1.4 -a shop', 'a tag of another'],
  ],
  async run({ words: [folder = '.'], app: given, options }) {
    const client = findPlatform();
    const { git_url: url } = await client.ask('GET /apps/:app', { params: { app: findAppName(given) } });
    const cwd = path.resolve(folder);
    const commit = commitOf(cwd, options.commit ?? 'HEAD');
    const pushOptions = options['new-codebase'] ? ['--push-option=new-codebase'] : [];
    const child = spawn('git', ['push', ...pushOptions, url, `+${commit}:refs/heads/main`], {
      cwd,
      env: { ...process.env, ...credential(url, client.peer.token) },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  },
});

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
