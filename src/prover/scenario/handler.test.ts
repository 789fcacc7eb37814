import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lang, parse } from '@ast-grep/napi';
import { type Handler, readHandler } from './handler.ts';
import { givenTo, valuesIn } from './syntax.ts';

/** Of the first `app.post(…)` of a file. */
function handlerIn(text: string): Handler {
  const root = parse(Lang.TypeScript, text).root();
  const call = root.find({ rule: { kind: 'call_expression', regex: '^app\\.post' } } as never);
  assert.ok(call !== null);
  return readHandler(givenTo(call).slice(1), valuesIn(root));
}

test('the names of what a handler reads are taken from its code, or from its schema', () => {
  for (const [text, fields] of [
    [
      "app.post('/x', (q, r) => { const { title, body: text, done = false } = q.body; });",
      'title body done:boolean',
    ],
    ["app.post('/x', (q, r) => add(req.body.title, req.body.price));", 'title price:number'],
    [
      "app.post('/x', async (c) => { const note = await c.req.json(); add(note.title); note.title.trim(); });",
      'title',
    ],
    [
      "app.post('/x', async (c) => { const form = new URLSearchParams(body); add(form.get('name')); });",
      'name',
    ],
    ["app.post('/x', async (c) => { const { name } = await c.req.valid('json'); });", 'name'],
    ["app.post('/x', auth, wrap(async (q, r) => { const { name } = q.body; }));", 'name'],
    ["async function add(q, r) { const { name } = q.body; }\napp.post('/x', auth, add);", 'name'],
    [
      "const add = async (ctx) => { const { name } = ctx.request.body as Note; };\napp.post('/x', add);",
      'name',
    ],
    [
      "const note = z.object({ title: z.string(), stars: z.number(), tag: z.string().optional() });\napp.post('/x', (q, r) => { note.parse(q.body); });",
      'title stars:number',
    ],
    [
      "const options = { schema: { response: { 200: Type.Object({ id: Type.String() }) }, body: Type.Object({ title: Type.String(), shown: Type.Boolean() }) } };\napp.post('/x', options, add);",
      'title shown:boolean',
    ],
    [
      "const schema = { body: { type: 'object', properties: { text: { type: 'string' }, count: { type: 'integer' } } } };\napp.post('/x', { schema }, async (q) => add(q.body));",
      'text count:number',
    ],
    ["app.post('/x', controller.add);", ''],
    ["app.post('/x', (q, r) => { /* q.body.name */ add('q.body.name', q.body.toString()); });", ''],
  ] as const) {
    const shown = handlerIn(text).fields.map(({ name, kind }) =>
      kind === 'text' ? name : `${name}:${kind}`,
    );
    assert.equal(shown.join(' '), fields, text);
  }
});

test('the status is the only one of those that are no refusals', () => {
  for (const [text, status] of [
    ['(q, r) => { if (bad) return r.status(400).end(); r.status(201).json(note); }', 201],
    ['async (q, reply) => { reply.code(202); }', 202],
    ['(c) => c.json(note, 201)', 201],
    ["(q, r) => r.redirect('/notes')", 302],
    ["(c) => c.redirect('/notes', 303)", 303],
    ['(q, r) => r.redirect(303, "/notes")', 303],
    ['(ctx) => { ctx.status = 201; }', 201],
    ['(q, r) => { response.writeHead(303, { Location: "/" }).end(); }', 303],
    ['(q, r) => { if (known) r.status(200).end(); else r.status(201).end(); }', null],
    ['(q, r) => r.json(note)', null],
  ] as const)
    assert.equal(handlerIn(`app.post('/x', ${text});`).status, status, text);
});

test('a route asks who the visitor is by a guard before its handler, or in it', () => {
  for (const [text, guarded] of [
    ["app.post('/x', authenticate, add);", true],
    ["app.post('/x', passport.authenticate('jwt'), add);", true],
    ["app.post('/x', { preHandler: [app.requireUser] }, add);", true],
    ["app.post('/x', (q, r) => add(req.user.id));", true],
    ["app.post('/x', validate(note), add);", false],
    ["app.post('/x', authenticate);", false],
    ["app.post('/x', { schema: { summary: 'authenticate' } }, add);", false],
  ] as const)
    assert.equal(handlerIn(text).guarded, guarded, text);
});

test('a handler shows its table, its token and the variables that it has at hand', () => {
  const handler = handlerIn(
    [
      "const greeting = process.env.GREETING ?? 'Hello';",
      "app.post('/x', async (q, r) => {",
      "  await database.query('insert into shop.notes (title) values ($1)', [title]);",
      '  r.json({ accessToken: sign(greeting), by: process.env.SITE });',
      '});',
    ].join('\n'),
  );
  assert.equal(handler.table, 'shop.notes');
  assert.equal(handler.tokenKey, 'accessToken');
  assert.deepEqual(handler.variables, ['SITE', 'GREETING']);
});
