import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rootRequest } from '../../lab/watched.ts';
import type { HttpRequest } from '../../scenario/scenario.ts';
import { secretFieldsOf } from './secret-fields.ts';

const form = (fields: Readonly<Record<string, string>>, path = '/login'): HttpRequest => ({
  ...rootRequest,
  method: 'POST',
  path,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
});
const json = (body: unknown): HttpRequest => ({
  ...rootRequest,
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});
const told = (...sent: readonly HttpRequest[]): readonly string[] =>
  secretFieldsOf(sent, sent).map(
    ({ name, value, distinct }) => `${name}=${value}${distinct ? '' : ', by name'}`,
  );

test('fields are secret by the last part of their names', () => {
  assert.deepEqual(told(form({ 'user[password]': 'q7Kz-2pTn', 'user[name]': 'Ada-Lovelace-1' })), [
    'password=q7Kz-2pTn',
  ]);
  assert.deepEqual(
    told(json({ user: { newPassword: 'q7Kz-2pTn', pins: [{ pin: 123456789 }], api_key: 'k-12345678' } })),
    ['newPassword=q7Kz-2pTn', 'pin=123456789, by name', 'api_key=k-12345678'],
  );
  const twice = { password: 'q7Kz-2pTn', password_confirmation: 'q7Kz-2pTn' };
  assert.deepEqual(told(form(twice), form(twice)), ['password=q7Kz-2pTn', 'password_confirmation=q7Kz-2pTn']);
});

test('keys and tokens that are about anything, and what is sent for one form alone, are no secrets', () => {
  const fields = [
    'key',
    'token',
    '_token',
    'csrf_token',
    'authenticity_token',
    'sortKey',
    'passenger',
    'PIN code',
  ];
  for (const name of fields) assert.deepEqual(told(form({ [name]: 'q7Kz-2pTn' })), [], name);
  assert.deepEqual(told(form({ password: '' }), form({ password: '{csrf}' })), []);
});

test('a value that may stand in a line for another reason is found behind its name alone', () => {
  for (const value of ['dozen', 'q7Kz', 'correcthorse', 'dozen-check'])
    assert.deepEqual(told(form({ password: value })), [`password=${value}, by name`]);
  assert.deepEqual(told(form({ name: 'Ada t123456789', password: 't123456789' })), [
    'password=t123456789, by name',
  ]);
  assert.deepEqual(told(form({ password: 'a b-45678' }, '/login?next=/of/a%20b-45678')), [
    'password=a b-45678, by name',
  ]);
  const [password] = secretFieldsOf(
    [form({ password: 't123456789' })],
    [{ ...rootRequest, path: '/u/t123456789' }],
  );
  assert.equal(password?.distinct, false);
});

test('a body of another kind has no fields', () => {
  assert.deepEqual(told({ ...json({}), body: '{"password":' }, { ...json({}), body: null }), []);
  assert.deepEqual(
    told({ ...form({ password: 'q7Kz-2pTn' }), headers: { 'content-type': 'text/plain' } }),
    [],
  );
});
