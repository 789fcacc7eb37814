import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppTree } from '../../tree/app-tree.ts';
import { ofImage, ofPlan } from './kinds.ts';
import { servicesIn } from './named-services.ts';
import { programOf } from './program.ts';
import { startPairs } from './start-pairs.ts';

function treeOf(files: Readonly<Record<string, string>>): AppTree {
  return {
    files: Object.keys(files).sort(),
    links: [],
    emptyFolders: [],
    has: (name) => Object.hasOwn(files, name),
    read: (name) => files[name] ?? null,
    head: () => null,
    size: () => 0,
  };
}

test('an image tells its kind and its major version', () => {
  const told = (image: string): string | null => {
    const found = ofImage(image);
    return found === null ? null : `${found.kind} ${found.version}`;
  };
  for (const [image, expected] of [
    ['postgres:16-alpine', 'postgres 16'],
    ['registry.example.org:5000/library/postgres:16.4', 'postgres 16'],
    ['postgres', 'postgres null'],
    ['postgres:latest', 'postgres null'],
    ['postgres:16@sha256:0123', 'postgres 16'],
    ['postgis/postgis:17-3.5', 'postgres 17'],
    ['pgvector/pgvector:0.8.0-pg17', 'postgres 17'],
    [`mysql:${'$'}{MYSQL:-8.4}`, 'mysql 8'],
    [`mysql:${'$'}{MYSQL}`, 'mysql null'],
    ['cimg/redis:7.2', 'redis 7'],
    ['node:24', null],
    ['constructor', null],
  ] as const)
    assert.equal(told(image), expected, image);
  assert.deepEqual(ofPlan('postgres:18', null), { kind: 'postgres', version: '18' });
  assert.deepEqual(ofPlan('heroku-postgresql:essential-0', '16'), { kind: 'postgres', version: '16' });
  assert.equal(ofPlan('papertrail', null), null);
});

test('services are found in compose files, CI files and app.json, each with its line', () => {
  const { named, drivers, unread } = servicesIn(
    treeOf({
      'compose.yaml': 'services:\n  db:\n    image: postgres:18\n  web:\n    build: .\n',
      'docker-compose.prod.yml': 'services:\n  db:\n    image: mysql:8\n',
      'compose.broken.yaml': 'services: [\n',
      'docs/compose.yaml': 'services:\n  db:\n    image: mysql:5\n',
      '.github/workflows/a.yml':
        'jobs:\n  t:\n    services:\n      r: redis:7\n      p:\n        image: postgres:17\n',
      '.gitlab-ci.yml': 't:\n  services:\n    - name: mongo:7\n    - mysql:8\n',
      '.circleci/config.yml':
        'jobs:\n  t:\n    docker:\n      - image: cimg/node:24\n      - image: cimg/mysql:8.0\n',
      'app.json':
        '{\n "addons": ["postgres:18"],\n "environments": { "test": { "addons": [{ "plan": "heroku-redis:mini" }] } }\n}',
      'package.json': '{ "devDependencies": { "sqlite3": "1" }, "dependencies": { "pg": "8" } }',
      Gemfile: "gem 'mysql2'\n",
    }),
  );
  assert.deepEqual(
    named.map(({ kind, version, stage, at }) =>
      at.kind === 'source' ? `${at.file}:${at.line} ${kind} ${version} ${stage}` : at,
    ),
    [
      'compose.yaml:3 postgres 18 development',
      'docker-compose.prod.yml:3 mysql 8 production',
      '.github/workflows/a.yml:4 redis 7 tests',
      '.github/workflows/a.yml:6 postgres 17 tests',
      '.gitlab-ci.yml:3 mongodb 7 tests',
      '.gitlab-ci.yml:4 mysql 8 tests',
      '.circleci/config.yml:5 mysql 8 tests',
      'app.json:2 postgres 18 production',
      'app.json:3 redis null tests',
    ],
  );
  assert.deepEqual(
    drivers.map(({ name }) => name),
    ['pg', 'sqlite3', 'mysql2'],
  );
  assert.deepEqual(unread, ['compose.broken.yaml']);
});

test('a watcher or a compiler before a program does not make it another', () => {
  const scripts = new Map([['dev', 'nodemon --watch src dist/server.js']]);
  const told = (command: string): string | null =>
    programOf(command, { scripts, main: 'dist/server.js', nestEntry: 'main' });
  for (const command of [
    'node dist/server.js',
    'node --watch server.js',
    'npm run dev',
    'tsx watch src/server.ts',
    'tsc && exec node .',
    'PORT=1 npx ts-node-dev --respawn ./src/server.ts',
  ])
    assert.equal(told(command), 'node server', command);
  for (const [command, program] of [
    ['node dev-server.js', 'node dev-server'],
    ['gunicorn shop:app --bind :1', 'gunicorn'],
    ['flask run', 'flask'],
    ['python -m flask run', 'flask'],
    ['python manage.py runserver', 'django runserver'],
    ['uvicorn shop:app --reload', 'uvicorn'],
    ['bin/rails server', 'puma'],
    ['bundle exec puma -C config/puma.rb', 'puma'],
    ['next dev', 'next'],
    ['nest start --watch', 'node main'],
    ['node dist/main', 'node main'],
    ['nest start billing', null],
    ['nest start --exec bun', null],
    ['nest start --exec=bun', null],
    ['nest start --entryFile=server', null],
    ['nest start --watch billing', null],
    ['nest start --debug 9229 --watch', null],
    ['node dist/src/main.js', 'node main'],
    ['node src/main.ts', 'node main'],
    ['./bin/dev', null],
    ['make dev', null],
    ['npm run nothing', null],
  ] as const)
    assert.equal(told(command), program, command);
});

test('what nest start runs is what its configuration says', () => {
  const told = (config: string | null): readonly string[] =>
    startPairs(
      treeOf({
        Procfile: 'web: npm run start:prod\n',
        'package.json': '{"scripts":{"start":"nest start","start:prod":"node dist/main"}}',
        ...(config === null ? {} : { 'nest-cli.json': config }),
      }),
    ).map(({ production, other }) => `${production.program} | ${other.program}`);
  assert.deepEqual(told(null), ['node main | node main']);
  assert.deepEqual(told('{"sourceRoot":"src"}'), ['node main | node main']);
  assert.deepEqual(told('{"entryFile":"server"}'), ['node main | node server']);
  assert.deepEqual(told('{"monorepo":true}'), ['node main | null']);
});

test('each place that starts a type is set beside production', () => {
  const told = (files: Readonly<Record<string, string>>): readonly string[] =>
    startPairs(treeOf(files)).map(
      ({ type, production, other }) =>
        `${type}: ${production.program} | ${other.program}, ${other.at.kind === 'source' ? `${other.at.file}:${other.at.line}` : ''}`,
    );
  assert.deepEqual(told({ Procfile: 'web: node a.js\n' }), []);
  assert.deepEqual(told({ 'package.json': '{"scripts":{"start":"node a.js"}}' }), []);
  assert.deepEqual(
    told({
      Procfile: 'web: node a.js\nworker: node w.js\n',
      'Procfile.dev': 'web: node --watch a.js\ncss: x\n',
      'package.json': '{"scripts":{"start":"node b.js"}}',
      'compose.yaml':
        'services:\n  app:\n    build: .\n    command: ["node", "a.js"]\n  worker:\n    build: .\n    command: node v.js\n  db:\n    image: x\n    command: y\n',
      Dockerfile: 'FROM a\nCMD x\nFROM b\nENTRYPOINT ["/docker-entrypoint.sh"]\nCMD ["node", \\\n  "c.js"]\n',
    }),
    [
      'web: node a | node a, Procfile.dev:1',
      'web: node a | node a, compose.yaml:4',
      'worker: node w | node v, compose.yaml:7',
      'web: node a | node c, Dockerfile:5',
      'web: node a | node b, package.json:1',
    ],
  );
  assert.deepEqual(
    told({ Dockerfile: 'FROM a\nCMD exec node a.js\n', 'package.json': '{"scripts":{"start":"node b.js"}}' }),
    ['web: node a | node b, package.json:1'],
  );
});
