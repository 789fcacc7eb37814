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
