import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nameOf, parseSyslogUrl } from './destination.ts';

test('a URL names a host, a port, and whether the way there is encrypted', () => {
  const plain = { host: 'logs.example.org', port: 514, tls: false };
  assert.deepEqual(parseSyslogUrl('syslog://logs.example.org:514'), plain);
  assert.deepEqual(parseSyslogUrl('SYSLOG://logs.example.org:514/'), plain);
  assert.deepEqual(parseSyslogUrl('syslog+tls://10.0.0.1:6514'), { host: '10.0.0.1', port: 6514, tls: true });
  assert.deepEqual(parseSyslogUrl('syslog+tls://[::1]:6514'), { host: '::1', port: 6514, tls: true });
});

test('what is no URL of a syslog drain is refused with the reason, and never shown', () => {
  const refused = {
    'logs.example.org:514': 'it does not begin with syslog:// or syslog+tls://',
    'logs.example.org': 'it is no URL with a host',
    'syslog://a b:514': 'it is no URL with a host',
    'syslog://a:70000': 'it is no URL with a host',
    'https://key:hunter2@logs.example.org:514': 'it does not begin with syslog:// or syslog+tls://',
    'syslog://key:hunter2@logs.example.org:514': 'syslog knows no user or password',
    'syslog://:514': 'it is no URL with a host',
    'syslog:logs:514': 'its host is neither a name nor an address',
    'syslog://bücher.example:514': 'its host is neither a name nor an address',
    'syslog://logs.example.org': 'it names no port',
    'syslog://logs.example.org:0': 'it names no port',
    'syslog://logs.example.org:514/hunter2': 'something follows its port',
    'syslog://logs.example.org:514?key=hunter2': 'something follows its port',
  };
  for (const [url, reason] of Object.entries(refused)) {
    assert.throws(() => parseSyslogUrl(url), {
      code: 'DRAIN_URL_INVALID',
      message: `Cannot use a syslog drain by its URL: ${reason}`,
    });
  }
});

test('a destination is named as in its URL', () => {
  const host = fc.oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6().filter((address) => !address.includes('.')),
  );
  fc.assert(
    fc.property(host, fc.integer({ min: 1, max: 65_535 }), (given, port) => {
      const name = nameOf({ host: given, port, tls: false });
      assert.equal(nameOf(parseSyslogUrl(`syslog://${name}`)), new URL(`syslog://${name}`).host);
    }),
  );
});
