/**
 * Users of a server: the provider's, which may do everything, and one for each credential. There is no default user: whoever has
 * not said a password can do nothing.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { RedisState } from './state.ts';

export const admin = 'dozen';

/**
 * All keys and channels, and every command but those that change the server, its users or its replication, or see other
 * connections' commands. Some that Redis calls dangerous are an app's own affair: they touch its data only.
 */
export const rights = [
  ...['~*', '&*', '+@all', '-@admin', '-@dangerous'],
  ...['+info', '+keys', '+sort', '+sort_ro', '+flushdb', '+flushall', '+swapdb', '+restore', '+client|list'],
] as const;

/** Letters and digits only: it stands in URLs. */
export function newPassword(): string {
  return randomBytes(24).toString('hex');
}

const suffix = /_[0-9a-f]{12}$/;

/** @param label for people: a name, or a user that is to be followed by another */
export function newUser(label: string): string {
  const name = label
    .replace(suffix, '')
    .replaceAll(/[^a-z0-9]/g, '_')
    .slice(0, 30);
  return `${name}_${randomBytes(6).toString('hex')}`;
}

/** As the server keeps it. */
export function hashOf(password: string): string {
  return createHash('sha256').update(password).digest('hex');
}

/** The server's list of users, as its ACL file has it. */
export function userList({ password, users }: RedisState): string {
  const lines = Object.entries(users).map(([name, hash]) => `user ${name} on #${hash} ${rights.join(' ')}`);
  return [
    'user default off resetpass -@all',
    `user ${admin} on #${hashOf(password)} ~* &* +@all`,
    ...lines,
  ].join('\n');
}
