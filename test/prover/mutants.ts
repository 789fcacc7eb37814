/** Faults, one at a time, that break the guestbook's half of the contract: each must be caught by its probe. */
import type { ProbeId } from '../../src/factors/law.ts';
import type { Edit } from '../parts/checked-app.ts';

export interface Mutant {
  readonly name: string;
  readonly probe: ProbeId;
  readonly edits: readonly Edit[];
}

const edit = (file: string, from: string, to: string): Edit => ({ file, from, to });
const add = (file: string, to: string): Edit => ({ file, from: null, to });
const remove = (file: string): Edit => ({ file, from: null, to: null });

/** Put in front of a file's first import. */
const inWeb = (code: string, imports = ''): readonly Edit[] => [
  edit(
    'src/web.ts',
    "import { once } from 'node:events';",
    `import { once } from 'node:events';\n${imports}`,
  ),
  edit('src/web.ts', 'const database = openDatabase', `${code}\nconst database = openDatabase`),
];

/** So that no scanner takes this file for one that holds a credential. */
const fakeKey = ['AKIA', 'Z7QX4MTP2LKD', '9WBV'].join('');
const fakeSecret = ['wJq7Rk2Lm9', 'Xp4Tz8Vb1N', 'c6Yd3Hf5Gs', '0Ka2Ue7Qo1'].join('');

export const mutants: readonly Mutant[] = [
  {
    name: 'a port of its own',
    probe: 'port-binding/listens-on-the-port-it-is-given',
    edits: [edit('src/web.ts', 'server.listen(port, ', 'server.listen(port && 3000, ')],
  },
  {
    name: 'loopback alone',
    probe: 'port-binding/listens-on-every-interface',
    edits: [edit('src/web.ts', 'server.listen(port, ', "server.listen(port, '127.0.0.1', ")],
  },
  {
    name: 'a second port',
    probe: 'port-binding/opens-no-other-port',
    edits: inWeb('createServer(() => undefined).listen(0);', "import { createServer } from 'node:net';"),
  },
  {
    name: 'SIGTERM is swallowed',
    probe: 'disposability/ends-on-sigterm',
    edits: [
      edit('src/shutdown.ts', "process.on('SIGTERM', stop);", "process.on('SIGTERM', () => undefined);"),
    ],
  },
  {
    name: 'SIGTERM ends it at once',
    probe: 'disposability/finishes-requests-on-sigterm',
    edits: [
      edit(
        'src/shutdown.ts',
        "process.on('SIGTERM', stop);",
        "process.on('SIGTERM', () => process.exit(0));",
      ),
    ],
  },
  {
    name: 'entries remembered by the process that took them',
    probe: 'processes/shares-state-between-instances',
    edits: [
      edit(
        'src/entries.ts',
        'export const latestEntries = (query: Query): Promise<Entry[]> =>\n  query<',
        'const own = new Set<number>();\n\nexport const latestEntries = async (query: Query): Promise<Entry[]> =>\n  (await query<',
      ),
      edit(
        'src/entries.ts',
        'order by id desc limit 50`);',
        'order by id desc limit 50`)).filter(({ id }) => own.has(id));',
      ),
      edit(
        'src/entries.ts',
        "await query('insert into jobs",
        "own.add(entry.id);\n  await query('insert into jobs",
      ),
    ],
  },
  {
    name: 'sessions in memory',
    probe: 'processes/keeps-sessions-between-instances',
    edits: [
      edit(
        'src/app.ts',
        "  app.get('/', async (c) => {",
        "  const sessions = new Set<string>();\n  app.get('/login', (c) => {\n    const id = crypto.randomUUID();\n    sessions.add(id);\n    c.header('Set-Cookie', `visitor=${id}`);\n    return c.text('welcome');\n  });\n  app.get('/me', (c) =>\n    sessions.has(/visitor=([\\w-]+)/.exec(c.req.header('Cookie') ?? '')?.[1] ?? '')\n      ? c.text('known')\n      : c.text('unknown', 401),\n  );\n\n  app.get('/', async (c) => {",
      ),
      edit(
        'dozen.check.yaml',
        'config:\n',
        'session:\n  begin: GET /login\n  check: { request: GET /me, matches: ^known }\n\nconfig:\n',
      ),
    ],
  },
  {
    name: 'a log file',
    probe: 'logs/writes-no-log-files',
    edits: [
      edit(
        'src/log.ts',
        'export const levels',
        "import { appendFileSync, mkdirSync } from 'node:fs';\n\nexport const levels",
      ),
      edit(
        'src/log.ts',
        '    process.stdout.write(',
        "    mkdirSync('log', { recursive: true });\n    appendFileSync('log/production.log', `${event}\\n`);\n    process.stdout.write(",
      ),
    ],
  },
  {
    name: 'a database on localhost',
    probe: 'backing-services/locators-come-from-config',
    edits: [
      edit(
        'src/config.ts',
        "const value = required(env, 'DATABASE_URL');",
        "const value = env.DATABASE_URL ?? 'postgres://localhost:5432/guestbook';",
      ),
    ],
  },
  {
    name: 'a missing locator goes unnoticed',
    probe: 'config/fails-loudly-without-a-required-variable',
    edits: [
      edit(
        'src/config.ts',
        "const value = required(env, 'DATABASE_URL');",
        "const value = env.DATABASE_URL || ['postgres:', '', 'db', 'guestbook'].join('/');",
      ),
    ],
  },
  {
    name: 'output kept until the end',
    probe: 'logs/writes-at-once',
    edits: [
      edit(
        'src/log.ts',
        'export const levels',
        "const held: string[] = [];\nprocess.on('exit', () => process.stdout.write(held.join('')));\n\nexport const levels",
      ),
      edit('src/log.ts', 'process.stdout.write(`${JSON', 'held.push(`${JSON'),
    ],
  },
  {
    name: 'a pid file',
    probe: 'concurrency/writes-no-pid-file',
    edits: inWeb(
      "writeFileSync('/tmp/guestbook.pid', String(process.pid));",
      "import { writeFileSync } from 'node:fs';",
    ),
  },
  {
    name: 'config by the name of an environment',
    probe: 'config/does-not-branch-on-environment-names',
    edits: [
      edit(
        'src/web.ts',
        'const log = createLog(logLevel);',
        "const log = createLog(process.env.NODE_ENV === 'production' ? logLevel : 'debug');",
      ),
    ],
  },
  {
    name: 'a config file for each environment',
    probe: 'config/reads-no-config-files',
    edits: [
      add('config/production.json', '{ "cards": 50 }\n'),
      ...inWeb(
        "log.debug('config', JSON.parse(readFileSync('config/production.json', 'utf8')));",
        "import { readFileSync } from 'node:fs';",
      ),
    ],
  },
  {
    name: 'a key in the code',
    probe: 'config/has-no-credentials-in-code',
    edits: [
      add(
        'src/storage.ts',
        `export const credentials = {\n  accessKeyId: '${fakeKey}',\n  AWS_SECRET_ACCESS_KEY: '${fakeSecret}',\n};\n`,
      ),
    ],
  },
  {
    name: 'packages installed at start',
    probe: 'build-release-run/builds-nothing-at-start',
    edits: [
      edit(
        'Procfile',
        'web: node dist/web.js',
        'web: npm install --offline --ignore-scripts; node dist/web.js',
      ),
    ],
  },
  {
    name: 'its locator printed',
    probe: 'config/prints-no-secrets',
    edits: inWeb("log.info('connecting', { to: databaseUrl });"),
  },
  {
    name: "a program of the machine's",
    probe: 'dependencies/runs-only-declared-programs',
    edits: inWeb("spawnSync('git', ['--version']);", "import { spawnSync } from 'node:child_process';"),
  },
  {
    name: "another package's dependency imported",
    probe: 'dependencies/imports-only-what-it-declares',
    edits: [
      edit(
        'src/web.ts',
        "import { once } from 'node:events';",
        "import { once } from 'node:events';\nimport 'pg-protocol';",
      ),
    ],
  },
  { name: 'no lockfile', probe: 'dependencies/locks-versions', edits: [remove('package-lock.json')] },
  {
    name: 'a lockfile of yesterday',
    probe: 'dependencies/lockfile-agrees-with-manifest',
    edits: [edit('package.json', '"hono": "^4.13.19"', '"hono": "^3.12.0"')],
  },
  {
    name: 'a build that is never the same',
    probe: 'build-release-run/builds-reproducibly',
    edits: [
      edit('package.json', '"build": "tsc"', '"build": "tsc && node stamp.js"'),
      add(
        'stamp.js',
        "import { writeFileSync } from 'node:fs';\nwriteFileSync('dist/build-id', String(Math.random()));\n",
      ),
    ],
  },
  {
    name: 'a file written beside the code',
    probe: 'build-release-run/runs-from-read-only-code',
    edits: inWeb(
      "writeFileSync('started', new Date().toISOString());",
      "import { writeFileSync } from 'node:fs';",
    ),
  },
  {
    name: 'it ends with its database',
    probe: 'backing-services/survives-loss-and-return',
    edits: [
      edit(
        'src/database.ts',
        "pool.on('error', () => log.debug('connection-removed'));",
        "pool.on('error', () => process.exit(1));",
      ),
    ],
  },
  {
    name: 'a title that is fixed',
    probe: 'config/follows-its-variables',
    edits: [edit('src/config.ts', "title: env.GUESTBOOK_TITLE || 'Guestbook',", "title: 'Guestbook',")],
  },
  {
    name: 'a job forgotten when it is taken',
    probe: 'disposability/returns-its-job',
    edits: [
      edit(
        'src/jobs.ts',
        "  database.transaction(async (query) => {\n    const job = await takeJob(query);\n    return job ? attempt(query, { job, work }) : { kind: 'idle' };\n  });",
        "  database\n    .transaction(async (query) => {\n      const job = await takeJob(query);\n      if (job) await query('delete from jobs where entry_id = $1', [job.entryId]);\n      return job;\n    })\n    .then((job) =>\n      job\n        ? database.transaction((query) => attempt(query, { job, work }))\n        : ({ kind: 'idle' } as const),\n    );",
      ),
    ],
  },
  {
    name: 'a job that two may take',
    probe: 'concurrency/runs-each-job-once',
    edits: [edit('src/jobs.ts', '\n    for update of jobs skip locked`', '`')],
  },
  {
    name: 'stack traces as they are',
    probe: 'logs/keeps-a-stack-trace-in-one-event',
    edits: [
      edit(
        'src/app.ts',
        "    log.warn('database-away', { ...facts(error), requestId: c.var.requestId });",
        '    console.error(error.stack);',
      ),
    ],
  },
  {
    name: 'lines for people alone',
    probe: 'logs/writes-lines-that-can-be-parsed',
    edits: [
      edit(
        'src/log.ts',
        '${JSON.stringify({ time: new Date().toISOString(), level, event, ...facts })}',
        '[${new Date().toISOString()}] something happened, namely ${event} (${Object.values(facts ?? {}).join(" and ")})',
      ),
    ],
  },
  {
    name: 'requests leave no trace',
    probe: 'logs/writes-an-event-for-each-request',
    edits: [
      edit(
        'src/request-log.ts',
        "log[quiet && outgoing.statusCode === 200 ? 'debug' : 'info']('request', {",
        "log[quiet || outgoing.statusCode > 0 ? 'debug' : 'info']('request', {",
      ),
    ],
  },
  {
    name: 'a bearer token in the log',
    probe: 'logs/keeps-request-secrets-out',
    edits: [
      edit(
        'src/request-log.ts',
        'path: c.req.path,\n        status',
        "path: c.req.path,\n        authorization: c.req.header('authorization'),\n        status",
      ),
    ],
  },
  {
    name: 'a migration that runs once',
    probe: 'admin-processes/can-be-run-twice',
    edits: [edit('src/migrate.ts', ' && !applied.has(name))', ' && applied.size >= 0)')],
  },
  {
    name: 'a schedule of a program that is not there',
    probe: 'admin-processes/ships-admin-code-with-the-app',
    edits: [edit('app.json', 'node dist/prune.js', 'node scripts/prune.js')],
  },
  {
    name: 'another database for development',
    probe: 'dev-prod-parity/names-the-same-kinds-of-services',
    edits: [add('compose.yaml', 'services:\n  db:\n    image: mysql:8.4\n')],
  },
  {
    name: 'an older database for development',
    probe: 'dev-prod-parity/names-the-same-versions-of-services',
    edits: [add('compose.yaml', 'services:\n  db:\n    image: postgres:12\n')],
  },
  {
    name: 'it puts itself into the background',
    probe: 'concurrency/stays-in-the-foreground',
    edits: [edit('Procfile', 'web: node dist/web.js', 'web: node dist/web.js &')],
  },
  {
    name: 'it calls home',
    probe: 'backing-services/connects-only-where-its-variables-say',
    edits: inWeb(
      "connect({ host: '203.0.113.7', port: 4318 }).on('error', () => undefined);",
      "import { connect } from 'node:net';",
    ),
  },
  {
    name: 'a variable that nobody declared',
    probe: 'config/declares-its-variables',
    edits: inWeb("if (process.env.FEATURE_CARDS) log.info('cards');"),
  },
  {
    name: 'a package of the folder beside it',
    probe: 'codebase/needs-nothing-outside-its-folder',
    edits: [edit('package.json', '"pg": "^8.23.1"', '"pg": "^8.23.1",\n    "cards": "file:../cards"')],
  },
  {
    name: 'a second app inside',
    probe: 'codebase/holds-one-app',
    edits: [
      add('backoffice/Procfile', 'web: node server.js\n'),
      add('backoffice/package.json', '{ "name": "backoffice", "private": true }\n'),
    ],
  },
  {
    name: 'a worker that does not start',
    probe: 'concurrency/starts-every-process-type',
    edits: [
      edit(
        'src/worker.ts',
        'const log = createLog(logLevel);',
        "const log = createLog(logLevel);\nif (stampDelayMs >= 0) throw new Error('no queue');",
      ),
    ],
  },
];
