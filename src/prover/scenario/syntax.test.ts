import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { Lang, parse, SgNode } from '@ast-grep/napi';
import { routesIn } from './routes.ts';
import { beginningOf, nodesOf, shortText } from './syntax.ts';

test('how a node begins is what its text begins with, whatever stands before it', () => {
  const text = `\n\n  // é 😀\n  const x = '😀é';  await database . query( 'a  b',\n ${'y'.repeat(400)} );`;
  const root = parse(Lang.TypeScript, text).root();
  const all = ['program', 'string', 'identifier', 'call_expression'].flatMap((kind) => nodesOf(root, kind));
  assert.ok(all.length > 4);
  for (const node of all) assert.equal(beginningOf(node, 50), node.text().slice(0, 50));
  const [call] = nodesOf(root, 'call_expression');
  assert.match(shortText(call), /^database\.query\('a b',y{200,300}$/);
});

/** What a node is asked, without its types. */
interface Asked {
  text(): string;
  findAll(rule: unknown): readonly unknown[];
}

/** Characters that are copied out of the tree of a file, and nodes that are asked for. */
function workOf(t: TestContext, code: string): { readonly copied: number; readonly found: number } {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-work-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, 'app.ts'), code);
  const asked = SgNode.prototype as unknown as Asked;
  const { text, findAll } = asked;
  let [copied, found] = [0, 0];
  t.mock.method(asked, 'text', function (this: Asked) {
    const own = text.call(this);
    copied += own.length;
    return own;
  });
  t.mock.method(asked, 'findAll', function (this: Asked, rule: unknown) {
    const all = findAll.call(this, rule);
    found += all.length;
    return all;
  });
  routesIn(folder);
  t.mock.restoreAll();
  assert.ok(copied > 0 && found > 0);
  return { copied, found };
}

test('what is read of a file grows with the file, not with its square', (t) => {
  const deep: readonly (readonly [string, (size: number) => string])[] = [
    ['members', (n) => `app.get('/x', h);\n// authorization LOG_LEVEL\nq = a${'.a'.repeat(n)};`],
    ['calls', (n) => `app.get('/x', h);\n// ['form'] authorization\nq = a${'.a()'.repeat(n)};`],
    ['mounts', (n) => `app.get('/x', h);\n${"app.use('/x',".repeat(n)}0${')'.repeat(n)};`],
    ['variables', (n) => `app.get('/x', h);\n${'x = () => { const y ='.repeat(n)} 0${'}'.repeat(n)};`],
  ];
  for (const [name, codeOf] of deep) {
    const [one, two] = [workOf(t, codeOf(1000)), workOf(t, codeOf(2000))];
    assert.ok(two.copied < 3 * one.copied, `${name}: ${one.copied} characters become ${two.copied}`);
  }
});

test('a handler that many routes name is read once, and what it names too', (t) => {
  const declared =
    'const note = z.object({ text: z.string() });\nconst add = (req, res) => { note.parse(req.body); res.status(201).end(); };\n';
  const of = (routes: number): number =>
    workOf(t, `${declared}${"app.post('/x', auth, add);\n".repeat(routes)}`).found;
  const [few, more, most] = [of(10), of(20), of(30)];
  // Each route is a call more, and asked for its own guard.
  assert.equal(most - more, more - few);
  assert.ok((more - few) / 10 < 20, `${more - few} nodes for 10 routes`);
});

test('handlers in handlers are read up to a limit of all', (t) => {
  const nested = (depth: number): string =>
    `${"app.get('/x', () => {".repeat(depth)}${'});'.repeat(depth)}\n`;
  const file = nested(400).repeat(40);
  const { found } = workOf(t, file);
  assert.ok(found < 20 * file.length, `${found} nodes of ${file.length} characters`);
});
