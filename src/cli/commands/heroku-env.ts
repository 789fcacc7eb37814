import { hostname } from 'node:os';
import type { Client } from '../../api/client.ts';
import { printJson } from '../print.ts';
import { command } from '../spec.ts';
import { findPlatform } from '../target.ts';
import { secondsOf } from './tokens.ts';

export const herokuEnv = command({
  name: 'heroku:env',
  summary: 'prints the variables that point the official heroku command line at this platform',
  options: {
    token: { type: 'boolean', help: 'with a new token in them, which is shown this once' },
    days: { type: 'string', value: 'N', help: 'with --token: it expires after so many (default: 30)' },
  },
  details: `For a shell on the platform's machine. Without --token, HEROKU_API_KEY stays as it is. With these variables the official command
line calls this platform and nobody else: its telemetry and its updates are off. Git is told which certificate to trust, for pushes to
this platform alone.`,
  examples: [
    ['eval "$(dozen heroku:env --token)"', 'from here on, heroku in this shell is about this platform'],
    ['dozen heroku:env', 'to read them'],
  ],
  async run({ json, options }) {
    const client = findPlatform();
    const { peer } = client;
    const { api, certificate } = await client.ask('GET /dozen/v1/status', {});
    const url = 'url' in peer ? peer.url : api;
    const token = options.token ? await newToken(client, options.days ?? '30') : null;
    const variables = {
      ...variablesOf(url, certificate),
      ...gitVariables(url, { certificate, at: Number(process.env.GIT_CONFIG_COUNT ?? 0) }),
      ...(token === null ? {} : { HEROKU_API_KEY: token }),
    };
    if (json) return printJson(variables);
    for (const [name, value] of Object.entries(variables))
      process.stdout.write(`export ${name}='${value.replaceAll("'", "'\\''")}'\n`);
    return 0;
  },
});

async function newToken(client: Client, days: string): Promise<string> {
  const description = `heroku on ${hostname()}`;
  const body = { description, scope: ['global' as const], expires_in: secondsOf(days) };
  const { access_token: made } = await client.ask('POST /oauth/authorizations', { body });
  if (made?.token === undefined) throw new TypeError('a new token came without its text');
  return made.token;
}

function variablesOf(url: string, certificate: string): Readonly<Record<string, string>> {
  return {
    HEROKU_HOST: url,
    // Else each look at the account is repeated to a host of Heroku's, with the token.
    HEROKU_PARTICLEBOARD_URL: url,
    HEROKU_DATA_HOST: new URL(url).hostname,
    HEROKU_SKIP_NEW_VERSION_CHECK: '1',
    HEROKU_DISABLE_AUTOUPDATE: '1',
    DISABLE_TELEMETRY: 'true',
    NODE_EXTRA_CA_CERTS: certificate,
  };
}

/** Beside those that the shell has already. The official command line writes its remotes with https. */
function gitVariables(
  url: string,
  { certificate, at }: { readonly certificate: string; readonly at: number },
): Readonly<Record<string, string>> {
  return {
    GIT_CONFIG_COUNT: String(at + 1),
    [`GIT_CONFIG_KEY_${at}`]: `http.https://${new URL(url).host}/.sslCAInfo`,
    [`GIT_CONFIG_VALUE_${at}`]: certificate,
  };
}
