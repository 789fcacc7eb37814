import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SlugManifest } from '../factors/05-build-release-run/slug.ts';
import type { InstalledPackage } from './builder.ts';
import { sbomOf } from './sbom.ts';

const slug: SlugManifest = {
  format: 1,
  layers: [{ kind: 'app', digest: 'a'.repeat(64), size: 1 }],
  builder: { name: 'node', version: '1' },
  runtimes: [{ name: 'node', version: '26.10.0' }],
  processTypes: {},
  release: null,
  environment: {},
};
const digest = 'd'.repeat(64);

interface Component {
  readonly type: string;
  readonly name: string;
  readonly 'bom-ref': string;
  readonly licenses?: readonly unknown[];
}

interface Bom {
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

function bomOf(installed: readonly InstalledPackage[]): Bom {
  return JSON.parse(sbomOf({ slug, digest, installed })) as Bom;
}

test('a document names the slug, its interpreters and its packages, and neither time nor serial number', () => {
  const installed = [{ name: '@scope/one', version: '1.0.0+b', licences: ['MIT'] }];
  assert.deepEqual(bomOf(installed), {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        name: 'slug',
        version: digest,
        'bom-ref': digest,
        hashes: [{ alg: 'SHA-256', content: 'a'.repeat(64) }],
      },
    },
    components: [
      {
        type: 'library',
        group: '@scope',
        name: 'one',
        version: '1.0.0+b',
        'bom-ref': 'pkg:npm/%40scope/one@1.0.0%2Bb',
        licenses: [{ license: { id: 'MIT' } }],
        purl: 'pkg:npm/%40scope/one@1.0.0%2Bb',
      },
      {
        type: 'platform',
        name: 'node',
        version: '26.10.0',
        'bom-ref': 'runtime:node',
        purl: 'pkg:generic/node@26.10.0',
      },
    ],
    dependencies: [
      { ref: digest, dependsOn: ['pkg:npm/%40scope/one@1.0.0%2Bb', 'runtime:node'] },
      { ref: 'pkg:npm/%40scope/one@1.0.0%2Bb' },
      { ref: 'runtime:node' },
    ],
  });
});

test('a licence is an identifier of SPDX, an expression of such, or a name', () => {
  const told = (...licences: string[]): unknown =>
    bomOf([{ name: 'one', version: '1', licences }]).components[0]?.licenses;
  assert.deepEqual(told('apache-2.0'), [{ license: { id: 'Apache-2.0' } }]);
  assert.deepEqual(told('(MIT OR Apache-2.0)'), [{ expression: '(MIT OR Apache-2.0)' }]);
  assert.deepEqual(told('MIT OR'), [{ license: { name: 'MIT OR' } }]);
  assert.deepEqual(told('MIT Mine'), [{ license: { name: 'MIT Mine' } }]);
  assert.deepEqual(told('SEE LICENSE IN x'), [{ license: { name: 'SEE LICENSE IN x' } }]);
  assert.deepEqual(told('MIT', 'mine'), [{ license: { name: 'mine' } }, { license: { id: 'MIT' } }]);
  assert.equal(told(), undefined);
});

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
const packages = fc.uniqueArray(
  fc.record({ name: text, version: fc.option(text), licences: fc.array(text, { maxLength: 2 }) }),
  { maxLength: 5, selector: ({ name, version }) => `${name}@${version ?? ''}` },
);

test('whatever packages say of themselves, each is in the document, and its order does not matter', () => {
  fc.assert(
    fc.property(packages, (installed) => {
      const bom = bomOf(installed);
      assert.equal(bom.components.length, installed.length + 1);
      assert.equal(
        sbomOf({ slug, digest, installed: installed.toReversed() }),
        sbomOf({ slug, digest, installed }),
      );
    }),
  );
});
