import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHostname } from './domain.ts';

const long = 'a'.repeat(63);

test('a hostname is taken in lower case', () => {
  for (const [text, hostname] of [
    ['WWW.Example.ORG', 'www.example.org'],
    ['*.Example.org', '*.example.org'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['3com.example', '3com.example'],
    ['intranet', 'intranet'],
    [`${long}.${long}.${long}.${'a'.repeat(61)}`, `${long}.${long}.${long}.${'a'.repeat(61)}`],
  ] as const) {
    assert.equal(parseHostname(text), hostname);
  }
});

const malformed = [
  '',
  '.',
  '*',
  '*.',
  '*.*.example.org',
  'www.*.example.org',
  'a*.example.org',
  'example.org.',
  'example..org',
  '-a.example.org',
  'a-.example.org',
  '_dmarc.example.org',
  'example.org:80',
  'http://example.org',
  'exa mple.org',
  'example.org\n',
  `${'a'.repeat(64)}.org`,
  '::1',
  '[::1]',
];

for (const text of malformed) {
  test(`${JSON.stringify(text.slice(0, 20))} is not a hostname`, () => {
    assert.throws(() => parseHostname(text), {
      code: 'DOMAIN_INVALID',
      message: `Cannot use ${JSON.stringify(text)} as a domain: it is not a hostname`,
    });
  });
}

test('an address is no domain, in whichever form a browser takes it for one', () => {
  for (const text of ['127.0.0.1', '127.1', '1', '0x7f.1', '127.0x1', 'example.0x', '*.0.0.1']) {
    assert.throws(() => parseHostname(text), {
      code: 'DOMAIN_INVALID',
      message: `Cannot use "${text}" as a domain: it is an IP address`,
    });
  }
});

test('a name beyond ASCII is refused with the form to write, also where lower case would make it ASCII', () => {
  for (const text of ['bücher.example', 'example。org', '\u212aelvin.example']) {
    assert.throws(() => parseHostname(text), {
      code: 'DOMAIN_INVALID',
      message: `Cannot use "${text}" as a domain: it is not ASCII`,
      hint: 'Write it in its xn-- form, as your registrar shows it',
    });
  }
});

test('a name of over 253 characters is refused', () => {
  assert.throws(() => parseHostname(`${long}.${long}.${long}.${'a'.repeat(62)}`), {
    code: 'DOMAIN_INVALID',
    message: `Cannot use "${`${long}.${long}`.slice(0, 80)}" as a domain: it has over 253 characters`,
  });
});
