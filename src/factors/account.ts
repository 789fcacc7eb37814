import { choice, type Shape } from '../base/shape.ts';

/** A person, or a program that acts for one. */
export interface Account {
  /** A UUID. */
  readonly id: string;
  /** One account has it, however its ASCII letters are cased. */
  readonly email: string;
  readonly name: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** What one token may do for an account. The token itself is known to its holder alone. */
export interface Authorization {
  /** A UUID. */
  readonly id: string;
  readonly accountId: string;
  readonly description: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  /** From this moment on the token opens nothing; null for one that does not expire. */
  readonly expiresAt: number | null;
  /** To the minute. */
  readonly lastUsedAt: number | null;
}

/** As Heroku names them. The protected ones reach config too. */
export type Scope = (typeof scopes)[number];

const scopes = ['global', 'identity', 'read', 'write', 'read-protected', 'write-protected'] as const;

export const scope: Shape<Scope> = choice(scopes);
