import assert from 'node:assert/strict';
import type { NewAuthorization, Store } from '../store.ts';
import { contractTest, type OpenLedger, startedAt } from './subject.contract.ts';

const digest = 'a'.repeat(64);

function authorized(store: Store, wanted: Partial<NewAuthorization> = {}) {
  const account =
    store.findAccount('ada@example.org') ?? store.createAccount({ email: 'ada@example.org', name: null });
  const authorization = store.createAuthorization({
    accountId: account.id,
    description: 'laptop',
    scopes: ['write', 'identity'],
    expiresAt: null,
    tokenDigest: digest,
    ...wanted,
  });
  return { account, authorization };
}

export function authorizationsContract(open: OpenLedger): void {
  contractTest(open, 'an authorization is found by the digest of its token and by its id', (subject) => {
    const { store, reopen } = subject;
    const { account, authorization } = authorized(store);
    assert.deepEqual(authorization, {
      id: authorization.id,
      accountId: account.id,
      description: 'laptop',
      scopes: ['write', 'identity'],
      createdAt: startedAt,
      expiresAt: null,
      lastUsedAt: null,
    });
    assert.deepEqual(reopen().findAuthorizationByDigest(digest), authorization);
    assert.deepEqual(reopen().findAuthorization(authorization.id), authorization);
    assert.equal(store.findAuthorizationByDigest('b'.repeat(64)), null);
    assert.equal(store.findAuthorization(account.id), null);
  });

  contractTest(open, "an account's authorizations are listed newest first", ({ store, clock, reopen }) => {
    const { account, authorization: first } = authorized(store);
    clock.set(startedAt + 1);
    const { authorization: second } = authorized(store, { tokenDigest: 'b'.repeat(64) });
    const other = store.createAccount({ email: 'bob@example.org', name: null });
    authorized(store, { accountId: other.id, tokenDigest: 'c'.repeat(64) });
    assert.deepEqual(reopen().authorizations(account.id), [second, first]);
  });

  contractTest(open, 'a token opens nothing from the moment it expires', ({ store, clock }) => {
    const { account, authorization } = authorized(store, { expiresAt: startedAt + 1_000 });
    clock.set(startedAt + 999);
    assert.deepEqual(store.findAuthorizationByDigest(digest), authorization);
    clock.set(startedAt + 1_000);
    assert.equal(store.findAuthorizationByDigest(digest), null);
    assert.deepEqual(store.authorizations(account.id), [authorization]);
  });

  contractTest(open, 'a revoked authorization is found no more', ({ store, reopen }) => {
    const { account, authorization } = authorized(store);
    store.revokeAuthorization(authorization.id);
    store.revokeAuthorization(authorization.id);
    store.touchAuthorization(authorization.id);
    assert.equal(reopen().findAuthorizationByDigest(digest), null);
    assert.equal(reopen().findAuthorization(authorization.id), null);
    assert.deepEqual(reopen().authorizations(account.id), []);
    assert.throws(() => store.revokeAuthorization('none'), {
      code: 'AUTHORIZATION_UNKNOWN',
      message: 'Cannot revoke authorization "none": there is none',
    });
  });

  contractTest(
    open,
    'two authorizations never have one digest, also when the first was revoked',
    ({ store }) => {
      const { account, authorization } = authorized(store);
      assert.throws(() => authorized(store, { description: 'second' }));
      assert.deepEqual(store.authorizations(account.id), [authorization]);
      store.revokeAuthorization(authorization.id);
      assert.throws(() => authorized(store, { description: 'second' }));
      assert.deepEqual(store.authorizations(account.id), []);
    },
  );

  contractTest(open, 'what is no digest is refused: it may be a token', ({ store }) => {
    for (const tokenDigest of ['hunter2', 'A'.repeat(64), '']) {
      assert.throws(() => authorized(store, { tokenDigest }));
    }
  });

  contractTest(open, 'only an account is authorized', ({ store }) => {
    assert.throws(() => authorized(store, { accountId: 'none' }), {
      code: 'ACCOUNT_UNKNOWN',
      message: 'Cannot authorize: there is no account "none"',
    });
    assert.equal(store.findAuthorizationByDigest(digest), null);
  });

  contractTest(open, 'the last use is kept to the minute, also when the clock was set back', (subject) => {
    const { store, clock, reopen } = subject;
    const { id } = authorized(store).authorization;
    const usedAt = [0, 59_999, 60_000, 100_000, 10_000, -50_000].map((after) => {
      clock.set(startedAt + after);
      store.touchAuthorization(id);
      return (reopen().findAuthorization(id)?.lastUsedAt ?? 0) - startedAt;
    });
    assert.deepEqual(usedAt, [0, 0, 60_000, 60_000, 60_000, -50_000]);
    store.touchAuthorization('none');
  });
}
