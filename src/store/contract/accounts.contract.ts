import assert from 'node:assert/strict';
import { contractTest, type OpenLedger, startedAt } from './subject.contract.ts';

export function accountsContract(open: OpenLedger): void {
  contractTest(open, 'an account is found by its id and by its address', ({ store, reopen }) => {
    const ada = store.createAccount({ email: 'Ada@example.org', name: 'Ada' });
    assert.deepEqual(ada, { id: ada.id, email: 'Ada@example.org', name: 'Ada', createdAt: startedAt });
    assert.deepEqual(reopen().findAccount(ada.id), ada);
    assert.deepEqual(reopen().findAccount('ada@EXAMPLE.org'), ada);
    assert.equal(store.findAccount('bob@example.org'), null);
  });

  contractTest(open, 'accounts are listed by address', ({ store, reopen }) => {
    const [bob, ada] = ['bob@example.org', 'Ada@example.org'].map((email) =>
      store.createAccount({ email, name: null }),
    );
    assert.deepEqual(reopen().accounts(), [ada, bob]);
  });

  contractTest(open, 'an address is of one account, however it is cased', ({ store }) => {
    const ada = store.createAccount({ email: 'ada@example.org', name: null });
    assert.throws(() => store.createAccount({ email: 'ADA@example.org', name: null }), {
      code: 'ACCOUNT_TAKEN',
      message: 'Cannot create account "ADA@example.org": there is one of that address',
    });
    assert.deepEqual(store.accounts(), [ada]);
  });
}
