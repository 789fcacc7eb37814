import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildWorkOf } from './probe-build-work.ts';
import { buildsNothingAtStart, type StartFacts } from './probe-start.ts';

test('package managers, compilers and bundlers do work of the build', () => {
  for (const [command, work] of [
    ['npm ci', 'npm ci'],
    ['node /opt/npm/bin/npm-cli.js install --omit=dev', 'npm install'],
    ['npm run --silent build', 'npm run build'],
    ['npm run build:css', 'npm run build:css'],
    ['yarn', 'yarn install'],
    ['yarn build', 'yarn build'],
    ['pnpm install --frozen-lockfile', 'pnpm install'],
    ['/app/node_modules/.bin/tsc -p .', 'tsc'],
    ['node /app/node_modules/.bin/tsc', 'tsc'],
    ['node --no-warnings node_modules/webpack/bin/webpack.js', 'webpack'],
    ['/app/node_modules/@esbuild/linux-x64/bin/esbuild main.js --bundle', 'esbuild'],
    ['node /app/node_modules/.bin/vite build', 'vite build'],
    ['node /app/node_modules/.bin/next build', 'next build'],
    ['python3 -m pip install -r requirements.txt', 'pip install'],
    ['python3.13 manage.py collectstatic --noinput', 'manage.py collectstatic'],
    ['pip3 install flask', 'pip install'],
    ['ruby /usr/bin/bundle install', 'bundle install'],
    ['go run main.go', 'go run'],
    ['make', 'make'],
    ['/usr/bin/gcc main.c', 'gcc'],
    ['git clone x', 'git clone'],
    ['curl -O x', 'curl'],
  ] as const)
    assert.equal(buildWorkOf(command.split(' ')), work, command);
});

test('launchers, servers and files of the app that have such a name do none', () => {
  for (const command of [
    'node server.js',
    'node build.js',
    'node scripts/tsc.js',
    'npm start',
    'npm run start',
    'node /opt/npm/bin/npm-cli.js run serve',
    'yarn start',
    'yarn node server.js',
    'npm --version',
    'node /app/node_modules/.bin/next start',
    'node /app/node_modules/.bin/vite preview',
    '/app/node_modules/@esbuild/linux-x64/bin/esbuild --service=0.25.0 --ping',
    'python3 manage.py runserver',
    'python3 -m gunicorn app:app',
    'ruby /usr/bin/bundle exec puma',
    'git rev-parse HEAD',
    'sh -c make-coffee',
    'node',
  ])
    assert.equal(buildWorkOf(command.split(' ')), null, command);
  assert.equal(buildWorkOf([]), null);
});

const judge = (change: Partial<StartFacts>) =>
  buildsNothingAtStart.judge({ ready: ['web.1'], failure: null, started: [], written: [], ...change });

const npm = { process: 'web.1', argv: ['npm', 'run', 'build'], atMs: 20 };
const bundle = { process: 'web.1', path: '/app/dist/main.js', atMs: 50 };

test('a start that is only that holds', () => {
  const started = [{ process: 'web.1', argv: ['node', 'server.js'], atMs: 20 }];
  assert.equal(judge({ started }).outcome, 'holds');
});

test('what builds, and what it writes, is shown in order of time', () => {
  const judged = judge({ started: [npm], written: [bundle] });
  assert.equal(judged.outcome, 'broken');
  assert.equal(judged.because, 'It runs npm run build when it starts');
  assert.deepEqual(judged.evidence, [
    { kind: 'event', process: 'web.1', atMs: 20, what: 'started npm run build', bytes: 'npm run build' },
    { kind: 'event', process: 'web.1', atMs: 50, what: 'wrote /app/dist/main.js' },
  ]);
});

test('a process that did not come up may have built before it failed, and else proves nothing', () => {
  const failure = 'web.1: it ended with code 1';
  assert.equal(judge({ ready: [], failure, started: [npm] }).outcome, 'broken');
  assert.equal(judge({ ready: [], failure }).outcome, 'unproven');
});

test('only what is written where builds write is built', () => {
  for (const [path, outcome] of [
    ['/app/dist/main.js', 'broken'],
    ['/app/node_modules/leftover/index.js', 'broken'],
    ['/app/.next/server/pages/index.js', 'broken'],
    ['/app/public/assets/main.css', 'broken'],
    ['/app/node_modules/.cache/x', 'holds'],
    ['/app/.next/cache/x', 'holds'],
    ['/app/build/server.log', 'holds'],
    ['/app/data/entries.json', 'holds'],
    ['/app/src/dist.js', 'holds'],
    ['/tmp/dist/main.js', 'holds'],
  ] as const)
    assert.equal(judge({ written: [{ ...bundle, path }] }).outcome, outcome, path);
});
