import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { userError } from '../../base/error.ts';
import { command } from '../spec.ts';
import { findAppName, findPlatform } from '../target.ts';

export const gitRemote = command({
  name: 'git:remote',
  summary: 'adds the Git remote "dozen", so that git push dozen main deploys',
  onApp: true,
  options: { remote: { type: 'string', value: 'NAME', help: 'another name for it' } },
  examples: [['dozen git:remote -a shop && git push dozen main', 'from here to serving']],
  async run({ app: given, options }) {
    const { git_url: url, name } = await findPlatform().ask('GET /apps/:app', {
      params: { app: findAppName(given) },
    });
    const remote = options.remote ?? 'dozen';
    const known = git('remote').split('\n').includes(remote);
    git('remote', known ? 'set-url' : 'add', remote, url);
    git('config', `credential.${new URL(url).origin}.helper`, `!${helper()}`);
    process.stdout.write(`The Git remote ${remote} is ${name}: ${url}\n`);
    return 0;
  },
});

/** Git runs it through a shell. */
function helper(): string {
  const executable = path.join(import.meta.dirname, '../../../bin/dozen');
  return `'${executable.replaceAll("'", "'\\''")}' git:credentials`;
}

function git(...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('git', args, { encoding: 'utf8' });
  if (status === 0) return stdout;
  throw userError('GIT_FAILED', `Cannot set the Git remote: ${(error?.message ?? stderr).trim()}`, {
    hint: 'Run it in the folder of a Git repository (git init makes one)',
  });
}

/** Git's credential protocol: attributes in, user and password out. It asks before each push. */
export const gitCredentials = command({
  name: 'git:credentials',
  summary: 'answers Git when it asks for the token (Git calls it)',
  takes: 'get|store|erase',
  min: 1,
  options: {},
  examples: [['git push dozen main', 'calls it']],
  async run({ words: [verb] }) {
    if (verb !== 'get') return 0;
    process.stdout.write(`username=dozen\npassword=${findPlatform().peer.token}\n`);
    return 0;
  },
});
