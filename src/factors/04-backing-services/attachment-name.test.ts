import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attachmentName, freeVariable, variableOfAttachment } from './attachment-name.ts';

test('an attachment is called as its variable begins, and found by either', () => {
  assert.equal(attachmentName('DATABASE_URL'), 'DATABASE');
  assert.equal(attachmentName('CRM'), 'CRM');
  for (const name of ['DATABASE', 'database', 'DATABASE_URL', 'database_url'])
    assert.equal(variableOfAttachment(name), 'DATABASE_URL');
  assert.equal(variableOfAttachment('my-db'), 'MY_DB_URL');
});

test('a variable that is taken gets a number', () => {
  assert.equal(freeVariable('DATABASE_URL', new Set(['REDIS_URL'])), 'DATABASE_URL');
  assert.equal(freeVariable('DATABASE_URL', new Set(['DATABASE_URL', 'DATABASE_2_URL'])), 'DATABASE_3_URL');
});
