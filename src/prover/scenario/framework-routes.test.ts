import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { routesIn } from './routes.ts';

/** As `POST /notes 201 text,count:number guarded? (file:line)`. */
function seen(t: TestContext, files: Readonly<Record<string, string>>): readonly string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-routes-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return routesIn(folder).routes.map(({ method, path: at, file, line, certain, handler }) => {
    const { status, fields, guarded } = handler;
    const takes = fields.map(({ name, kind }) => (kind === 'text' ? name : `${name}:${kind}`)).join(',');
    const said = [method, at, status ?? '', takes, guarded ? 'guarded' : '', certain ? '' : 'perhaps'];
    return `${said.filter((word) => word !== '').join(' ')} (${file}:${line})`;
  });
}

const next = { 'package.json': '{ "dependencies": { "next": "^16.0.0" } }' };

test('files of Next.js are routes, but for those with parameters and those that are private', (t) => {
  assert.deepEqual(
    seen(t, {
      ...next,
      'app/page.tsx': 'export default function Page() { return <p>POST</p>; }',
      'app/(shop)/notes/page.tsx': 'export default () => null;',
      'app/notes/[id]/page.tsx': 'export default () => null;',
      'app/_parts/page.tsx': 'export default () => null;',
      'app/notes/list.tsx': 'export function GET() {}',
      'app/api/notes/route.ts':
        '// export function PUT\nexport async function GET() {}\nexport const POST = async (request) => {\n  const { text } = await request.json();\n  return Response.json({ text }, { status: 201 });\n};\n',
      'app/api/old/route.js': 'async function handle() {}\nexport { handle as POST };\n',
    }),
    [
      'GET /notes (app/(shop)/notes/page.tsx:1)',
      'GET /api/notes (app/api/notes/route.ts:2)',
      'POST /api/notes 201 text (app/api/notes/route.ts:3)',
      'POST /api/old (app/api/old/route.js:2)',
      'GET / (app/page.tsx:1)',
    ],
  );
  assert.deepEqual(
    seen(t, {
      'web/next.config.mjs': 'export default {};',
      'web/src/pages/index.tsx': 'export default () => null;',
      'web/src/pages/_app.tsx': 'export default () => null;',
      'web/src/pages/404.tsx': 'export default () => null;',
      'web/src/pages/api/notes.ts':
        "export default function handler(req, res) {\n  if (req.method === 'POST') return res.status(201).json({ note: req.body.note });\n}\n",
    }),
    [
      'GET /api/notes 201 note (web/src/pages/api/notes.ts:1)',
      'POST /api/notes 201 note (web/src/pages/api/notes.ts:1)',
      'GET / (web/src/pages/index.tsx:1)',
    ],
  );
});

test('a folder called app is none of Next.js without it', (t) => {
  assert.deepEqual(seen(t, { 'app/api/notes/route.ts': 'export function GET() {}' }), []);
});

test('controllers of NestJS are routes behind the prefix that all have', (t) => {
  const main = "const app = await NestFactory.create(AppModule);\napp.setGlobalPrefix('api');\n";
  const dto =
    'export class CreateNoteDto {\n  @IsString()\n  text: string;\n  @IsInt()\n  stars: number;\n  @IsOptional()\n  tag: string;\n  note?: string;\n}\n';
  const controller = [
    "@Controller('notes')",
    'export class NotesController {',
    '  @Get()',
    '  all() {}',
    '  @UseGuards(JwtGuard)',
    '  @Post()',
    '  add(@Body() note: CreateNoteDto) {}',
    "  @Post('inline')",
    '  @HttpCode(200)',
    '  inline(@Body() body: { text: string; done: boolean; tag?: string }) {}',
    "  @Put('one')",
    "  one(@Body('text') text: string) {}",
    "  @Get(':id')",
    '  find() {}',
    '  // @Get("gone")',
    '  helper() {}',
    '}',
    "@Controller({ path: 'v2', version: '2' })",
    'class Versioned {',
    '  @Get()',
    '  all() {}',
    '}',
  ].join('\n');
  const routes = (prefix: string): readonly string[] => [
    `GET ${prefix}/notes 200 (src/notes.controller.ts:4)`,
    `POST ${prefix}/notes 201 text,stars:number guarded (src/notes.controller.ts:7)`,
    `POST ${prefix}/notes/inline 200 text,done:boolean (src/notes.controller.ts:10)`,
    `PUT ${prefix}/notes/one 200 text (src/notes.controller.ts:12)`,
  ];
  const files = { 'src/note.dto.ts': dto, 'src/notes.controller.ts': controller };
  assert.deepEqual(seen(t, { ...files, 'src/main.ts': main }), routes('/api'));
  assert.deepEqual(seen(t, files), routes(''));
});

/** Its one controller has `GET /health` and what else is given. */
const healthApp = (main: string, more: readonly string[] = [], before = ''): Record<string, string> => ({
  'main.ts': `const app = await NestFactory.create(AppModule);\n${main}\n`,
  'health.ts': [
    `${before}@Controller()`,
    'class Health {',
    "  @Get('health')",
    '  health() {}',
    ...more,
    '}',
  ].join('\n'),
});

test('a path of NestJS is sure only behind no prefix, or one that is a text for all', (t) => {
  for (const [main, path] of [
    ['', '/health'],
    ["app.setGlobalPrefix('api');", '/api/health'],
    ["app.setGlobalPrefix(process.env.PREFIX ?? 'api');", '/health perhaps'],
    ["app.setGlobalPrefix('api', { exclude: ['health'] });", '/api/health perhaps'],
    ["app.setGlobalPrefix('api');\nadmin.setGlobalPrefix('admin');", '/api/health perhaps'],
    ["app.setGlobalPrefix('a\tb');", '/health perhaps'],
    [`app.setGlobalPrefix('${'a'.repeat(201)}');`, '/health perhaps'],
    ["app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });", '/health perhaps'],
    ["const routes = RouterModule.register([{ path: 'admin', module: Health }]);", '/health perhaps'],
    ["// app.enableVersioning() and RouterModule.register([])\nconst text = 'setGlobalPrefix';", '/health'],
  ] as const)
    assert.deepEqual(
      seen(t, healthApp(main)),
      [`GET ${path.replace(/(?= perhaps)|$/, ' 200')} (health.ts:4)`],
      main,
    );
});

test('a path of NestJS that has a version is not sure', (t) => {
  assert.deepEqual(seen(t, healthApp('', ["  @Version('2')", "  @Get('old')", '  old() {}'])), [
    'GET /health 200 (health.ts:4)',
    'GET /old 200 perhaps (health.ts:7)',
  ]);
  assert.deepEqual(seen(t, healthApp('', [], "@Version('2')\n")), ['GET /health 200 perhaps (health.ts:5)']);
});

test('a method of NestJS says no status that a good answer cannot have, and none where it answers itself', (t) => {
  for (const [method, said] of [
    ['@Post() @HttpCode(99) add() {}', ''],
    ['@Post() @HttpCode(404) add() {}', ''],
    ['@Post() @HttpCode(HttpStatus.OK) add() {}', ''],
    ['@Post() @HttpCode(202) add() {}', ' 202'],
    ["@Post() @Redirect('/x') add() {}", ''],
    ["@Post() add(@Res() response: Response) { response.redirect('/x'); }", ' 302'],
    ['@Post() add(@Res() response: Response) { response.status(202).end(); }', ' 202'],
    ['@Post() add(@Response() response) { render(response); }', ''],
    ['@Post() add(@Req() request) {}', ' 201'],
  ] as const)
    assert.deepEqual(
      seen(t, { 'notes.ts': `@Controller('notes')\nclass Notes {\n${method}\n}` }),
      [`POST /notes${said} (notes.ts:3)`],
      method,
    );
});

test('names of a body of NestJS are those that a scenario can have, ten at most', (t) => {
  const names = Array.from({ length: 12 }, (_, at) => `f${at}`);
  const ten = names.slice(0, 10).join(',');
  const members = ["'a\tb'", '"c d"', ...names].map((name) => `${name}: string;`).join(' ');
  const asked = ['a b', ...names, 'f0'].map((name, at) => `@Body('${name}') v${at}: string`).join(', ');
  for (const parameters of [`@Body() body: { ${members} }`, asked, '@Body() body: NoteDto'])
    assert.deepEqual(
      seen(t, {
        'notes.ts': `@Controller('notes')\nclass Notes {\n@Post() add(${parameters}) {}\n}\nclass NoteDto { ${members} }`,
      }),
      [`POST /notes 201 ${ten} (notes.ts:3)`],
      parameters,
    );
});
