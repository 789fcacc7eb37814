import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskerFor, maskTexts } from './mask.ts';

const secret = 'p"ss wörd/+&\\x';

const forms = {
  'as it is': secret,
  'in JSON': JSON.stringify({ password: secret }),
  'in JSON that a line of JSON quotes': JSON.stringify(JSON.stringify({ password: secret })),
  'in a URL': `postgres://x:${encodeURIComponent(secret)}@host`,
  'in a form': new URLSearchParams({ password: secret }).toString(),
  'in base64': Buffer.from(secret).toString('base64'),
};

for (const [where, text] of Object.entries(forms))
  test(`a secret is masked ${where}`, () => {
    const masked = maskerFor([secret])(text);
    assert.match(masked, /\[secret\]/);
    assert.doesNotMatch(masked, /ss[ %+]|cCJz/);
  });

test('each line of a secret that has several is masked alone', () => {
  const key = '-----BEGIN KEY-----\nMIIEvQIBADAN\nBgkqhkiG9w0B\n-----END KEY-----';
  assert.equal(maskerFor([key])('line: MIIEvQIBADAN'), 'line: [secret]');
});

test('a short value is no secret', () => {
  assert.equal(maskerFor(['true', ''])('it is true'), 'it is true');
});

test('a secret that is spelled like a word of the report changes no verdict and breaks no message', () => {
  const finding = {
    probe: 'logs/a',
    outcome: 'broken',
    because: 'it is broken',
    evidence: [{ text: 'broken' }],
  };
  assert.deepEqual(maskTexts(finding, maskerFor(['broken', 'evidence'])), {
    probe: 'logs/a',
    outcome: 'broken',
    because: 'it is [secret]',
    evidence: [{ text: '[secret]' }],
  });
});
