import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkLinks, checkNames, checkSize, parseTree } from './tree.ts';

const object = 'a'.repeat(40);

test('a listing is parsed into files, links and submodules, whatever their names hold', () => {
  const listing = `100644 blob ${object}      12\ta\n b\t\xff\x00120000 blob ${object}       3\tl\x00160000 commit ${object}       -\ts\x00`;
  assert.deepEqual(parseTree(Buffer.from(listing, 'latin1')), [
    { kind: 'file', path: 'a\n b\t\xff', object, size: 12 },
    { kind: 'link', path: 'l', object, size: 3 },
    { kind: 'submodule', path: 's', object, size: 0 },
  ]);
});

test('a tree over a limit is refused with both numbers', () => {
  assert.throws(() => checkSize([{ size: 6 }, { size: 5 }], { bytes: 10, files: 2 }), {
    code: 'SOURCE_TOO_LARGE',
    message: 'Cannot read the source: 11 bytes are over the limit of 10',
  });
  assert.throws(() => checkSize([{ size: 1 }, { size: 1 }, { size: 1 }], { bytes: 10, files: 2 }), {
    code: 'SOURCE_TOO_LARGE',
    message: 'Cannot read the source: 3 files are over the limit of 2',
  });
  assert.deepEqual(checkSize([{ size: 6 }, { size: 4 }], { bytes: 10, files: 2 }), { files: 2, bytes: 10 });
});

test('a name that would leave the folder, or enter a Git folder, is refused', () => {
  for (const path of ['../x', 'a/../../x', '/etc/passwd', 'a//b', '.git/config', 'a/.GIT/hooks/x', './x']) {
    assert.throws(() => checkNames([{ path }]), {
      code: 'SOURCE_NAME_FORBIDDEN',
      message: `Cannot read the source: it holds a file named ${JSON.stringify(path)}`,
    });
  }
  checkNames([{ path: 'a/..b/.gitignore' }]);
});

const leaving: readonly (readonly [string, Record<string, string>])[] = [
  ['an absolute target', { l: '/etc/passwd' }],
  ['a target above the root', { 'a/l': '../../x' }],
  ['a target that leaves on the way and comes back', { l: '../app/x' }],
  ['a target that leaves through another link', { 's/up': '..', l: 's/up/../x' }],
  ['a chain that ends at an absolute link', { a: 'b', b: 'c/d', 'c/d': '/x' }],
];

for (const [what, links] of leaving) {
  test(`${what} is refused`, () => {
    assert.throws(() => checkLinks(new Map(Object.entries(links))), { code: 'SYMLINK_LEAVES' });
  });
}

test('the refusal names the link and its target', () => {
  assert.throws(() => checkLinks(new Map([['a\nb', '../x']])), {
    message: 'Cannot read the source: the symbolic link "a\\nb" leads out of the app\'s folder, to "../x"',
  });
});

test('links inside the tree, dangling ones and loops are kept', () => {
  const links = {
    a: 'b',
    'd/l': '../x/y',
    loop: 'loop',
    'n/m': '.././n/../n',
    two: 'three',
    three: 'two/../x',
  };
  checkLinks(new Map(Object.entries(links)));
});

test('a link is let through only if following it step by step never leaves the root', () => {
  const part = fc.constantFrom('a', 'b', '..', '.');
  const target = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'a/b', 'b/a'), target), (links) => {
      const targets = new Map(Object.entries(links));
      const accepted = !throws(() => checkLinks(targets));
      const inside = [...targets.keys()].every((link) => staysInside(link, targets));
      assert.equal(accepted, inside);
    }),
  );
});

function throws(action: () => void): boolean {
  try {
    action();
    return false;
  } catch {
    return true;
  }
}

/** Another way to the same answer: resolves recursively, null once it has left, up to 40 links deep. */
function staysInside(link: string, targets: ReadonlyMap<string, string>): boolean {
  let followed = 0;
  const walk = (from: readonly string[], parts: readonly string[]): readonly string[] | 'left' | 'loop' => {
    const [part, ...rest] = parts;
    if (part === undefined) return from;
    if (part === '.') return walk(from, rest);
    if (part === '..') return from.length === 0 ? 'left' : walk(from.slice(0, -1), rest);
    const target = targets.get([...from, part].join('/'));
    if (target === undefined) return walk([...from, part], rest);
    followed += 1;
    if (followed > 40) return 'loop';
    const through = walk(from, target.split('/'));
    return typeof through === 'string' ? through : walk(through, rest);
  };
  return walk([], link.split('/')) !== 'left';
}
