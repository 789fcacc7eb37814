import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startsOf, stepsOf } from './start.ts';
import { lineOfWords, simpleCommands } from './words.ts';

const scripts = new Map([
  ['start', 'node dist/server.js'],
  ['migrate', 'npm run build && node dist/migrate.js'],
  ['build', 'tsc'],
  ['loop', 'npm run loop'],
]);

const told = (line: string): string =>
  startsOf(line, scripts)
    .map((start) =>
      'script' in start ? `no ${start.script}` : `${start.program} ${start.file ?? start.module ?? '-'}`,
    )
    .join(', ');

test('a line is taken apart as a shell does, and nothing is expanded', () => {
  for (const [line, commands] of [
    ['a "b c" \'d\\e\' f\\ g', [['a', 'b c', 'd\\e', 'f g']]],
    ['a && b || c; d | e & f', [['a'], ['b'], ['c'], ['d'], ['e'], ['f']]],
    [`a ${'$'}{B:-x;y} $(c)`, [['a', `${'$'}{B:-x;y}`, '$'], ['c']]],
    ['a >out 2>&1 < in', [['a']]],
    ['a # b', [['a']]],
    ['"a', [['a']]],
    ['', []],
  ] as const)
    assert.deepEqual(simpleCommands(line), commands, line);
  assert.deepEqual(simpleCommands(lineOfWords(["it's", 'a b', 'c'])), [["it's", 'a b', 'c']]);
});

test('the program is found behind wrappers, scripts and package runners', () => {
  for (const [line, start] of [
    ['node server.js', 'node server.js'],
    ['exec env A=1 node --enable-source-maps -r ./x.js server.js --port 1', 'node server.js'],
    ['NODE_ENV=production node --import=tsx src/x.ts', 'node src/x.ts'],
    ['npm start', 'node dist/server.js'],
    ['npm run -s migrate', 'tsc -, node dist/migrate.js'],
    ['pnpm migrate', 'tsc -, node dist/migrate.js'],
    ['node --run start', 'node dist/server.js'],
    ['npm run nothing', 'no nothing'],
    ['npm run loop', ''],
    ['npx --yes prisma migrate deploy', 'prisma -'],
    ['pnpm exec prisma migrate deploy', 'prisma -'],
    ['yarn prisma migrate deploy', 'prisma -'],
    ['./node_modules/.bin/knex migrate:latest', 'knex -'],
    ['sh -c "cd api && ./bin/migrate"', 'migrate api/bin/migrate'],
    ['python3.12 -u -m shop.tidy', 'python3.12 shop.tidy'],
    ['python -c "import x"', 'python -'],
    ['bundle exec rake db:migrate', 'rake -'],
    ['bin/rails db:migrate', 'rails bin/rails'],
    ['cd api && python manage.py migrate', 'python api/manage.py'],
    ['tsx watch src/x.ts', 'tsx src/x.ts'],
    ['nodemon -w src --ext ts server.js', 'nodemon server.js'],
  ] as const)
    assert.equal(told(line), start, line);
});

test('a line is cut into steps where the shell goes on, outside of quotes', () => {
  for (const [line, steps] of [
    ['node server.js', ['node server.js']],
    ['node migrate.js && node server.js', ['node migrate.js', 'node server.js']],
    ['a; b || c | d & e', ['a', 'b', 'c', 'd', 'e']],
    ['(a && b)', ['a', 'b']],
    ['node -e "a && b; c"', ["node -e 'a && b; c'"]],
    ["sh -c 'a && b'", ['a', 'b']],
    ['cd api && A=1 exec bin/rails db:migrate', ['bin/rails db:migrate']],
    ['node server.js 2>&1', ['node server.js']],
  ] as const)
    assert.deepEqual(stepsOf(line, new Map()), steps, line);
});

test('a script is put in its place, with what npm runs before and after it', () => {
  const own = new Map([
    ['prestart', 'npm run migrate'],
    ['start', 'node server.js'],
    ['poststart', 'node goodbye.js'],
    ['migrate', 'prisma migrate deploy'],
    ['premigrate', 'node wait.js'],
  ]);
  const steps = ['node wait.js', 'prisma migrate deploy', 'node server.js', 'node goodbye.js'];
  for (const line of ['npm start', 'npm run start', 'yarn start', 'pnpm run -s start', 'exec npm start'])
    assert.deepEqual(stepsOf(line, own), steps, line);
  assert.deepEqual(stepsOf('NODE_ENV=production node --run migrate', own), ['prisma migrate deploy']);
  assert.deepEqual(stepsOf('npm run toString', own), ['npm run toString']);
  const main = startsOf('npm start', own).findLast((start) => !('script' in start) && !start.after);
  assert.ok(main !== undefined && 'file' in main && main.file === 'server.js');
});

test('scripts that multiply are followed so far and no further', () => {
  const many = (name: string): string => Array.from({ length: 200 }, () => `npm run ${name}`).join(' && ');
  const multiplied = new Map([
    ['a', many('b')],
    ['b', many('c')],
    ['c', many('d')],
    ['d', 'node e.js'],
  ]);
  const steps = stepsOf('npm run a', multiplied);
  assert.ok(steps.length > 0 && steps.length <= 500, `${steps.length} steps`);
  assert.deepEqual(stepsOf('npm run a', new Map([...multiplied, ['d', '']])), []);
});
