import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { manifestLimit, parseManifest } from './manifest.ts';

function refused(content: unknown): string {
  try {
    parseManifest(typeof content === 'string' ? content : JSON.stringify(content));
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    assert.equal(code, 'MANIFEST_INVALID');
    return message;
  }
  return assert.fail('accepted');
}

test('a package.json gives what a build needs and nothing else', () => {
  const hex = 'a'.repeat(128);
  const manifest = parseManifest(
    JSON.stringify({
      name: 'guestbook',
      private: true,
      scripts: { start: 'node a.js', build: 'tsc', 'heroku-postbuild': 'make', test: 1 },
      engines: { node: '>=24', npm: 11 },
      packageManager: `pnpm@10.1.0+sha512.${hex}`,
      dependencies: { pg: '^8.0.0', both: '1' },
      optionalDependencies: { both: '1', extra: '2' },
      devDependencies: { typescript: '7.0.2' },
    }),
  );
  assert.deepEqual(manifest, {
    name: 'guestbook',
    scripts: { start: 'node a.js', build: 'tsc', herokuPostbuild: 'make' },
    nodeRange: '>=24',
    packageManager: { name: 'pnpm', version: '10.1.0', integrity: { algorithm: 'sha512', hex } },
    dependencies: ['pg', 'both', 'extra'],
    devDependencies: ['typescript'],
  });
});

test('an empty package.json declares nothing', () => {
  assert.deepEqual(parseManifest('\uFEFF{}'), {
    name: null,
    scripts: { start: null, build: null, herokuPostbuild: null },
    nodeRange: null,
    packageManager: null,
    dependencies: [],
    devDependencies: [],
  });
});

test('a package manager is named with an exact version', () => {
  const of = (packageManager: string) => parseManifest(JSON.stringify({ packageManager })).packageManager;
  assert.deepEqual(of('yarn@4.0.0-rc.1'), { name: 'yarn', version: '4.0.0-rc.1', integrity: null });
  for (const text of [
    'pnpm',
    'pnpm@10',
    'pnpm@^10.1.0',
    'bun@1.2.0',
    'npm@11.0.0+sha512.xyz',
    'npm@1.0.0 --global',
  ]) {
    assert.equal(
      refused({ packageManager: text }),
      `Cannot read package.json: packageManager: expected npm, pnpm or yarn with a version such as "pnpm@10.1.0", got ${JSON.stringify(text)}`,
    );
  }
});

test('a section of the wrong kind is refused with its path', () => {
  assert.equal(
    refused({ scripts: { build: ['tsc'] } }),
    'Cannot read package.json: scripts.build: expected a text, got a list',
  );
  assert.equal(
    refused({ dependencies: { '@a/b': 1 } }),
    'Cannot read package.json: dependencies["@a/b"]: expected a text, got 1',
  );
  assert.equal(refused({ engines: '24' }), 'Cannot read package.json: engines: expected an object, got "24"');
  assert.equal(refused([]), 'Cannot read package.json: expected an object, got a list');
  assert.match(refused('{'), /^Cannot read package\.json: not JSON: ./);
});

test('a dependency may be called like what objects inherit', () => {
  assert.deepEqual(parseManifest('{"dependencies": {"__proto__": "1", "constructor": "2"}}').dependencies, [
    '__proto__',
    'constructor',
  ]);
});

test('a package.json over 1 MB is refused', () => {
  assert.throws(() => parseManifest(' '.repeat(manifestLimit + 1)), {
    code: 'MANIFEST_TOO_LARGE',
    message: 'Cannot read package.json: 1048577 bytes are over the limit of 1048576',
  });
});

test('any JSON is read or refused as package.json', () => {
  const scrap = fc.jsonValue({ maxDepth: 2 });
  const keys = fc.constantFrom(
    'name',
    'scripts',
    'engines',
    'packageManager',
    'dependencies',
    'devDependencies',
  );
  fc.assert(
    fc.property(fc.dictionary(keys, scrap), (content) => {
      try {
        parseManifest(JSON.stringify(content));
      } catch (error) {
        assert.equal((error as { code: string }).code, 'MANIFEST_INVALID');
      }
    }),
  );
});
