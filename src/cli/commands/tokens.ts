import { userError } from '../../base/error.ts';
import { printJson } from '../print.ts';
import { command } from '../spec.ts';
import { renderTable } from '../table.ts';
import { findPlatform } from '../target.ts';

const scopeNames = ['global', 'identity', 'read', 'write', 'read-protected', 'write-protected'] as const;

export const list = command({
  name: 'tokens',
  summary: 'lists the tokens of your account',
  options: {},
  examples: [['dozen tokens', 'what each is for, what it may, and when it was last used']],
  async run({ json }) {
    const tokens = await findPlatform().ask('GET /oauth/authorizations', {});
    if (json) return printJson(tokens);
    if (tokens.length === 0) process.stdout.write('There are no tokens: dozen tokens create makes one\n');
    else {
      const rows = tokens.map(({ id, description, scope, created_at }) => [
        id,
        scope.join(','),
        created_at,
        description,
      ]);
      process.stdout.write(renderTable(['ID', 'MAY', 'MADE', 'FOR'], rows, process.stdout));
    }
    return 0;
  },
});

export const create = command({
  name: 'tokens create',
  summary: 'makes a token, for another machine or a program; it is shown this once',
  takes: '[DESCRIPTION]',
  max: 1,
  options: {
    scope: {
      type: 'string',
      multiple: true,
      value: 'SCOPE',
      help: `what it may: ${scopeNames.join(', ')} (default: global)`,
    },
    days: { type: 'string', value: 'N', help: 'expires after so many days (default: never)' },
  },
  examples: [
    ['dozen tokens create "CI of shop" --scope write --days 90', 'for a pipeline'],
    ['export DOZEN_TOKEN=$(dozen tokens create laptop)', 'the token alone goes to a pipe'],
  ],
  async run({ words: [description = 'Made with dozen tokens create'], json, options }) {
    const scope = options.scope.length === 0 ? (['global'] as const) : options.scope.map(scopeOf);
    const body = {
      description,
      scope: [...scope],
      ...(options.days === null ? {} : { expires_in: secondsOf(options.days) }),
    };
    const made = await findPlatform().ask('POST /oauth/authorizations', { body });
    if (json) return printJson(made);
    process.stdout.write(`${made.access_token?.token}\n`);
    if (process.stdout.isTTY) process.stderr.write('It is not shown again. Use it as DOZEN_TOKEN.\n');
    return 0;
  },
});

export const revoke = command({
  name: 'tokens revoke',
  summary: 'makes a token worthless, at once',
  takes: 'ID',
  min: 1,
  options: {},
  examples: [['dozen tokens revoke 2f5c1d3e-…', 'dozen tokens shows the ids']],
  async run({ words: [authorization = ''], json }) {
    const params = { authorization };
    const revoked = await findPlatform().ask('DELETE /oauth/authorizations/:authorization', { params });
    if (json) return printJson(revoked);
    process.stdout.write(`Revoked: ${revoked.description}\n`);
    return 0;
  },
});

function scopeOf(text: string): (typeof scopeNames)[number] {
  const found = scopeNames.find((name) => name === text);
  if (found !== undefined) return found;
  throw userError(
    'USAGE',
    `Cannot make a token for ${JSON.stringify(text.slice(0, 40))}: there is no such scope`,
    {
      hint: `Use of ${scopeNames.join(', ')}`,
    },
  );
}

/** @throws USAGE */
export function secondsOf(days: string): number {
  const number = Number(days);
  if (Number.isInteger(number) && number > 0 && number <= 3650) return number * 86_400;
  throw userError(
    'USAGE',
    `Cannot make a token for ${JSON.stringify(days.slice(0, 20))} days: not a whole number from 1 to 3650`,
    {
      hint: 'dozen tokens create --days 90',
    },
  );
}
