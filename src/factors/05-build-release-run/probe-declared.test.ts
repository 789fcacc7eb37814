import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Evidence } from '../law.ts';
import { type DeclaredCommand, declaresHowItIsRun, type RunDeclarationFacts } from './probe-declared.ts';

const at: Evidence = { kind: 'source', file: 'Procfile', line: 1, text: 'web: node server.js' };
const absence: Evidence = { kind: 'source', file: 'package.json', line: 1, text: '{' };

const web: DeclaredCommand = { type: 'web', command: 'node server.js', steps: ['node server.js'], at };

const judge = (change: Partial<RunDeclarationFacts>) =>
  declaresHowItIsRun.judge({
    file: 'Procfile',
    commands: [web],
    complaint: null,
    absence,
    site: false,
    ...change,
  });

test('commands that only start a process are shown with where they stand', () => {
  const judged = judge({ commands: [web, { ...web, type: 'worker' }] });
  assert.equal(judged.outcome, 'holds');
  assert.equal(judged.because, 'Procfile declares web, worker, and none does release work');
  assert.deepEqual(judged.evidence, [at, at]);
});

test('an app that says nowhere how it is run is broken, a site of files is not', () => {
  assert.deepEqual(judge({ file: null, commands: [] }).evidence, [absence]);
  assert.equal(judge({ file: null, commands: [] }).outcome, 'broken');
  assert.equal(judge({ file: null, commands: [], site: true }).outcome, 'not-applicable');
});

test('a declaration that cannot be read is shown with its line', () => {
  const judged = judge({ commands: [], complaint: { message: 'Cannot read Procfile:2: no ":"', at } });
  assert.equal(judged.outcome, 'broken');
  assert.deepEqual(judged.evidence, [at]);
});

test('a migration before the last command is release work, as the tools have it', () => {
  for (const step of [
    'node dist/migrate.js',
    'npm run migrate',
    'prisma migrate deploy',
    'npx prisma db push',
    'knex migrate:latest',
    'sequelize db:migrate',
    'typeorm migration:run -d source.js',
    'python manage.py migrate --noinput',
    'alembic upgrade head',
    'flask db upgrade',
    'bin/rails db:prepare',
    'php artisan migrate --force',
    './run-migrations.sh',
  ]) {
    const judged = judge({ commands: [{ ...web, steps: [step, 'node server.js'] }] });
    assert.equal(judged.outcome, 'broken', step);
    assert.equal(
      judged.because,
      `Starting web runs ${JSON.stringify(step)} first, which is for the release phase`,
    );
  }
});

test('other steps are not, nor is a process type whose whole command it is', () => {
  for (const steps of [
    ['cd migrations', 'node server.js'],
    ['echo "no migrations here"', 'node server.js'],
    ['node immigration.js', 'node server.js'],
    ['node warm-up.js', 'node server.js'],
    ['node migrate.js'],
  ])
    assert.equal(judge({ commands: [{ ...web, steps }] }).outcome, 'holds', steps.join(' && '));
});
