/** Which platform a command speaks to, and which app it is about. */
import { spawnSync } from 'node:child_process';
import { type Client, openClient } from '../api/client.ts';
import { findHome, localPeer } from '../api/local-home.ts';
import { userError } from '../base/error.ts';

/** `DOZEN_URL` with `DOZEN_TOKEN`, else the platform of this machine. @throws PLATFORM_NOT_FOUND */
export function findPlatform(environment: NodeJS.ProcessEnv = process.env): Client {
  const { DOZEN_URL: url, DOZEN_TOKEN: token } = environment;
  if (url !== undefined && url !== '') return openClient(remote(url, token));
  const home = findHome(environment);
  const peer = localPeer(home);
  if (peer !== null) return openClient(peer);
  throw userError('PLATFORM_NOT_FOUND', `Cannot find a platform: none runs over ${JSON.stringify(home)}`, {
    hint: 'Start one with dozen server (or dozen up), or set DOZEN_URL and DOZEN_TOKEN',
  });
}

function remote(url: string, token: string | undefined): { url: string; token: string } {
  const parsed = URL.parse(url);
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) {
    throw userError(
      'URL_INVALID',
      `Cannot use DOZEN_URL ${JSON.stringify(url.slice(0, 200))}: not an HTTP URL`,
      {
        hint: 'export DOZEN_URL=https://dozen.example.org',
      },
    );
  }
  if (token === undefined || token === '') {
    throw userError('TOKEN_MISSING', `Cannot speak to ${parsed.origin}: DOZEN_TOKEN is not set`, {
      hint: 'export DOZEN_TOKEN=… with a token that "dozen tokens create" made there',
    });
  }
  return { url: parsed.origin, token };
}

/** `--app`, `DOZEN_APP`, or the Git remote `dozen` of this folder. @throws APP_NOT_NAMED */
export function findAppName(given: string | null, environment: NodeJS.ProcessEnv = process.env): string {
  const named = given ?? environment.DOZEN_APP ?? '';
  if (named !== '') return named;
  const remoteUrl = spawnSync('git', ['remote', 'get-url', 'dozen'], { encoding: 'utf8' });
  const name =
    remoteUrl.status === 0 ? /\/([a-z][a-z0-9-]*)\.git\s*$/.exec(remoteUrl.stdout)?.[1] : undefined;
  if (name !== undefined) return name;
  throw userError('APP_NOT_NAMED', 'Cannot tell which app is meant: this folder has no Git remote "dozen"', {
    hint: 'Name it with --app APP, or set DOZEN_APP; dozen apps lists those there are',
  });
}
