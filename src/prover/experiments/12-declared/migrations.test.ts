import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppTree } from '../../tree/app-tree.ts';
import { migratingCommands, migrationsIn } from './migrations.ts';

const at = { kind: 'source', file: 'Procfile', line: 1, text: '' } as const;

test('commands that run migrations are told from those that make or show them', () => {
  const told = (command: string): boolean => migratingCommands([{ command, at }]).length === 1;
  for (const command of [
    'node dist/migrate.js',
    'db: node scripts/run-migrations.ts',
    'npx prisma migrate deploy',
    'knex migrate:latest',
    'sequelize-cli db:migrate',
    'python manage.py migrate',
    'alembic upgrade head',
    'flask db upgrade',
    'bin/rails db:prepare',
    'typeorm migration:run',
  ])
    assert.ok(told(command), command);
  for (const command of [
    'node server.js',
    'prisma migrate dev',
    'knex migrate:make x',
    'drizzle-kit generate',
    'python manage.py makemigrations',
    'typeorm migration:generate x',
    'node immigration.js',
  ])
    assert.ok(!told(command), command);
});

test('migrations are folders of them, or settings of a tool, and not those of tests and packages', () => {
  const tree = {
    files: [
      'api/migrations/0001_first.py',
      'api/migrations/__init__.py',
      'db/migrate/1_a.rb',
      'db/migrate/2_b.rb',
      'knexfile.js',
      'migrations/README.md',
      'node_modules/x/migrations/1.sql',
      'prisma/migrations/1_a/migration.sql',
      'prisma/migrations/2_b/migration.sql',
      'test/migrations/1.sql',
    ],
    read: () => 'text',
  } as unknown as AppTree;
  assert.deepEqual(
    migrationsIn(tree).map(({ what }) => what),
    ['api/migrations', 'db/migrate', 'knexfile.js', 'prisma/migrations'],
  );
});
