import { randomUUID } from 'node:crypto';
import { userError } from '../../base/error.ts';
import type { Account } from '../../factors/account.ts';
import type { NewAccount, Store } from '../store.ts';
import type { Ledger } from './ledger.ts';

export function accountsOf(ledger: Ledger): Pick<Store, 'createAccount' | 'findAccount' | 'accounts'> {
  const { db } = ledger;
  return {
    createAccount: (account) => db.write(() => createAccount(ledger, account)),
    findAccount: (idOrEmail) =>
      db.one<Account>(`${selectAccounts} WHERE id = :idOrEmail`, { idOrEmail }) ??
      db.one<Account>(`${selectAccounts} WHERE email = :idOrEmail`, { idOrEmail }),
    accounts: () => db.all<Account>(`${selectAccounts} ORDER BY email`),
  };
}

/** @throws ACCOUNT_UNKNOWN. `doing` is what was asked for, e.g. `authorize`. */
export function requireAccount(ledger: Ledger, id: string, doing: string): void {
  if (ledger.db.one('SELECT 1 FROM accounts WHERE id = :id', { id }) !== null) return;
  throw userError('ACCOUNT_UNKNOWN', `Cannot ${doing}: there is no account ${JSON.stringify(id)}`, {
    hint: 'Create the account first',
  });
}

/** The column compares without regard to case. */
const selectAccounts = 'SELECT id, email, name, created_at AS createdAt FROM accounts';

function createAccount(ledger: Ledger, { email, name }: NewAccount): Account {
  const taken = ledger.db.one<Account>(`${selectAccounts} WHERE email = :email`, { email });
  if (taken !== null) {
    throw userError(
      'ACCOUNT_TAKEN',
      `Cannot create account ${JSON.stringify(email)}: there is one of that address`,
      { hint: 'Use the account there is, or another address' },
    );
  }
  const account: Account = {
    id: randomUUID(),
    email: email.toWellFormed(),
    name: name?.toWellFormed() ?? null,
    createdAt: ledger.clock.now(),
  };
  ledger.db.run('INSERT INTO accounts VALUES (:id, :email, :name, :createdAt)', { ...account });
  return account;
}
