/** What tokens may do. A token comes here as its SHA-256 alone, so that whoever reads the store holds none. */
import { randomUUID } from 'node:crypto';
import { userError } from '../../base/error.ts';
import type { Authorization, Scope } from '../../factors/account.ts';
import type { NewAuthorization, Store } from '../store.ts';
import { requireAccount } from './accounts.ts';
import type { Ledger } from './ledger.ts';

type Authorizations = Pick<
  Store,
  | 'createAuthorization'
  | 'findAuthorizationByDigest'
  | 'authorizations'
  | 'findAuthorization'
  | 'revokeAuthorization'
  | 'touchAuthorization'
>;

export function authorizationsOf(ledger: Ledger): Authorizations {
  const { db } = ledger;
  return {
    createAuthorization: (wanted) => db.write(() => createAuthorization(ledger, wanted)),
    findAuthorizationByDigest: (digest) =>
      found(
        ledger,
        `${selectAuthorizations} AND token_digest = :digest AND (expires_at IS NULL OR expires_at > :now)`,
        { digest, now: ledger.clock.now() },
      ),
    authorizations: (accountId) =>
      db
        .all<AuthorizationRow>(
          `${selectAuthorizations} AND account_id = :accountId ORDER BY created_at DESC, id`,
          { accountId },
        )
        .map(fromRow),
    findAuthorization: (id) => found(ledger, `${selectAuthorizations} AND id = :id`, { id }),
    revokeAuthorization: (id) => db.write(() => revokeAuthorization(ledger, id)),
    touchAuthorization: (id) => touchAuthorization(ledger, id),
  };
}

type AuthorizationRow = Omit<Authorization, 'scopes'> & { readonly scopes: string };

const selectAuthorizations = `SELECT id, account_id AS accountId, description, scopes, created_at AS createdAt,
  expires_at AS expiresAt, last_used_at AS lastUsedAt FROM authorizations WHERE revoked_at IS NULL`;

function found(
  { db }: Ledger,
  sql: string,
  values: Readonly<Record<string, string | number>>,
): Authorization | null {
  const row = db.one<AuthorizationRow>(sql, values);
  return row === null ? null : fromRow(row);
}

function fromRow(row: AuthorizationRow): Authorization {
  return { ...row, scopes: JSON.parse(row.scopes) as Scope[] };
}

function createAuthorization(ledger: Ledger, wanted: NewAuthorization): Authorization {
  requireAccount(ledger, wanted.accountId, 'authorize');
  const { tokenDigest, ...facts } = wanted;
  const made = {
    id: randomUUID(),
    ...facts,
    description: facts.description.toWellFormed(),
    createdAt: ledger.clock.now(),
    lastUsedAt: null,
  };
  ledger.db.run(
    `INSERT INTO authorizations VALUES
       (:id, :accountId, :description, :scopes, :tokenDigest, :createdAt, :expiresAt, :lastUsedAt, NULL)`,
    { ...made, scopes: JSON.stringify(made.scopes), tokenDigest },
  );
  return made;
}

/** The row stays: its digest is never given to another token. */
function revokeAuthorization(ledger: Ledger, id: string): void {
  const now = ledger.clock.now();
  const known = ledger.db.run(
    'UPDATE authorizations SET revoked_at = coalesce(revoked_at, :now) WHERE id = :id',
    { now, id },
  );
  if (known === 1) return;
  throw userError(
    'AUTHORIZATION_UNKNOWN',
    `Cannot revoke authorization ${JSON.stringify(id)}: there is none`,
    {
      hint: 'See which authorizations the account has',
    },
  );
}

const touchedEveryMs = 60_000;

/** Asked at every request, so it reads first and seldom takes the write lock. A clock that was set back counts as its distance. */
function touchAuthorization(ledger: Ledger, id: string): void {
  const { db, clock } = ledger;
  const values = { id, now: clock.now(), every: touchedEveryMs };
  const due = `WHERE id = :id AND revoked_at IS NULL
    AND (last_used_at IS NULL OR abs(:now - last_used_at) >= :every)`;
  if (db.one(`SELECT 1 FROM authorizations ${due}`, values) === null) return;
  db.write(() => db.run(`UPDATE authorizations SET last_used_at = :now ${due}`, values));
}
