import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AppJson, appJsonLimit, emptyAppJson, parseAppJson } from './app-json.ts';
import { policyOf } from './process-policy.ts';

function read(content: unknown): AppJson {
  return parseAppJson(JSON.stringify(content));
}

function refused(content: unknown): string {
  try {
    parseAppJson(typeof content === 'string' ? content : JSON.stringify(content));
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    assert.equal(code, 'APP_JSON_INVALID');
    return message;
  }
  return assert.fail('accepted');
}

const policy = (processes: unknown) => ({ dozen: { processes } });
const entry = { name: 'tidy', command: 'node tidy.js', cron: '0 3 * * *' };

test('an app.json of every section becomes one declaration', () => {
  const declared = read({
    name: 'Guestbook',
    addons: ['postgres:18', { plan: 'redis', as: 'cache' }],
    env: {
      GREETING: 'Hello',
      KEY: { generator: 'secret' },
      MAIL: { description: 'Sender', required: false },
    },
    formation: { web: { quantity: 2, size: 'standard-1x' }, worker: {} },
    scripts: { postdeploy: 'node seed.js' },
    dozen: {
      processes: {
        web: { health: '/health', readyTimeout: 30, memory: '256MB' },
        worker: { stop: { signal: 'SIGINT', grace: 1.5 }, replacement: 'one-by-one' },
      },
      schedule: [{ ...entry, timezone: 'Europe/Berlin' }],
    },
  });
  assert.equal(declared.name, 'Guestbook');
  assert.deepEqual(declared.services, [
    { kind: 'postgres', version: '18', variable: 'DATABASE_URL' },
    { kind: 'redis', version: null, variable: 'CACHE_URL' },
  ]);
  assert.deepEqual(declared.variables, [
    { name: 'GREETING', description: null, source: { kind: 'default', value: 'Hello' } },
    { name: 'KEY', description: null, source: { kind: 'generated' } },
    { name: 'MAIL', description: 'Sender', source: { kind: 'given', required: false } },
  ]);
  assert.deepEqual({ ...declared.formation }, { web: 2, worker: 1 });
  assert.equal(declared.postdeploy, 'node seed.js');
  assert.deepEqual(policyOf(declared.policies, 'web'), {
    readiness: { kind: 'listens', healthPath: '/health', timeoutMs: 30_000 },
    replacement: 'start-first',
    stop: { signal: 'SIGTERM', target: 'group', graceMs: 30_000 },
    memoryLimit: 256 * 1024 ** 2,
  });
  assert.deepEqual(policyOf(declared.policies, 'worker'), {
    readiness: { kind: 'stays', afterMs: 500 },
    replacement: 'one-by-one',
    stop: { signal: 'SIGINT', target: 'group', graceMs: 1500 },
    memoryLimit: 512 * 1024 ** 2,
  });
  const [schedule] = declared.schedules;
  assert.deepEqual(
    [schedule?.name, schedule?.command, schedule?.cron.text, schedule?.timeZone],
    ['tidy', 'node tidy.js', '0 3 * * *', 'Europe/Berlin'],
  );
});

test('an app without an app.json has every default', () => {
  const declared = emptyAppJson();
  assert.deepEqual(
    { ...declared, formation: { ...declared.formation } },
    {
      name: null,
      services: [],
      variables: [],
      formation: {},
      postdeploy: null,
      policies: new Map(),
      schedules: [],
    },
  );
  assert.deepEqual(policyOf(declared.policies, 'web').readiness, {
    kind: 'listens',
    healthPath: null,
    timeoutMs: 60_000,
  });
  assert.equal(policyOf(declared.policies, 'constructor').replacement, 'stop-first');
});

test('keys that are Heroku\u2019s business are left alone', () => {
  assert.equal(
    read({ name: 'a', stack: 'heroku-24', buildpacks: [1], environments: { test: null } }).name,
    'a',
  );
  assert.equal(
    read({ scripts: { postdeploy: { command: 'a', size: 'x' }, 'pr-predestroy': 1 } }).postdeploy,
    'a',
  );
});

test('an unknown key under "dozen" is refused with its path', () => {
  assert.equal(
    refused({ dozen: { proceses: {} } }),
    'Cannot read app.json: dozen.proceses: not known here; known are processes, schedule',
  );
  assert.equal(
    refused(policy({ web: { stop: { Grace: 1 } } })),
    'Cannot read app.json: dozen.processes.web.stop.Grace: not known here; known are signal, grace',
  );
  assert.equal(
    refused({ dozen: { schedule: [{ ...entry, timeZone: 'UTC' }] } }),
    'Cannot read app.json: dozen.schedule[0].timeZone: not known here; known are name, command, cron, timezone',
  );
});

test('an add-on under the name that its vendor gives it is of its kind, and has the variable of that name', () => {
  const addons = [
    'mysql:8',
    'mariadb',
    'jawsdb:kitefin',
    'jawsdb-maria',
    'cleardb:ignite',
    'rabbitmq:3',
    'cloudamqp:lemur',
    'nats',
    'heroku-kafka:basic-0',
  ];
  assert.deepEqual(read({ addons }).services, [
    { kind: 'mysql', version: '8', variable: 'MYSQL_URL' },
    { kind: 'mysql', version: null, variable: 'MARIADB_URL' },
    { kind: 'mysql', version: null, variable: 'JAWSDB_URL' },
    { kind: 'mysql', version: null, variable: 'JAWSDB_MARIA_URL' },
    { kind: 'mysql', version: null, variable: 'CLEARDB_DATABASE_URL' },
    { kind: 'rabbitmq', version: '3', variable: 'RABBITMQ_URL' },
    { kind: 'rabbitmq', version: null, variable: 'CLOUDAMQP_URL' },
    { kind: 'nats', version: null, variable: 'NATS_URL' },
    { kind: 'heroku-kafka', version: null, variable: 'KAFKA_URL' },
  ]);
});

const complaints: readonly (readonly [string, unknown, string])[] = [
  ['a document that is a list', [], 'expected an object, got a list'],
  ['a name that is a number', { name: 3 }, 'name: expected a text of at most 200 characters, got 3'],
  ['add-ons that are an object', { addons: {} }, 'addons: expected a list, got an object'],
  [
    'an add-on with a space',
    { addons: ['post gres'] },
    'addons[0]: expected a service such as "postgres" or "postgres:18", got "post gres"',
  ],
  [
    'a plan of Dozen that is no version',
    { addons: ['redis', 'postgresql:big'] },
    'addons[1]: expected a major version after "postgresql:", got "big"',
  ],
  [
    'an add-on without a plan',
    { addons: [{ as: 'A' }] },
    'addons[0].plan: expected a service such as "postgres" or "postgres:18", got nothing',
  ],
  [
    'a prefix with a space',
    { addons: [{ plan: 'redis', as: 'A B' }] },
    'addons[0].as: expected a name such as "BLUE", got "A B"',
  ],
  [
    'two add-ons for one variable',
    { addons: ['redis', 'postgres', 'heroku-postgresql:mini'] },
    'addons: entries 1 and 2 both give DATABASE_URL; name one of them with "as"',
  ],
  [
    'a version of another service that is none',
    { addons: [{ plan: 'redis', options: { version: 'new' } }] },
    'addons[0].options.version: expected a version such as "18", got "new"',
  ],
  [
    'a variable of the platform',
    { env: { PORT: '1' } },
    'env.PORT: reserved: the platform or its shell sets it',
  ],
  [
    'a variable that is none',
    { env: { 'a b': '1' } },
    'env["a b"]: not a variable name: letters, digits and "_", not starting with a digit or "DOZEN_", at most 255 characters',
  ],
  ['a value that is a number, not shown', { env: { KEY: 4711 } }, 'env.KEY: expected a text or an object'],
  [
    'an inner value that is a number, not shown',
    { env: { KEY: { value: 4711 } } },
    'env.KEY.value: expected a text',
  ],
  ['a value with NUL', { env: { KEY: 'a\0' } }, 'env.KEY: expected a text without NUL characters'],
  [
    'a value that is both given and generated',
    { env: { KEY: { value: 'a', generator: 'secret' } } },
    'env.KEY: expected "value" or "generator", got both',
  ],
  [
    'a generator that is unknown',
    { env: { KEY: { generator: 'uuid' } } },
    'env.KEY.generator: expected "secret", got "uuid"',
  ],
  [
    'a truth that is a text',
    { env: { KEY: { required: 'no' } } },
    'env.KEY.required: expected true or false, got "no"',
  ],
  [
    'a quantity beyond the limit',
    { formation: { web: { quantity: 101 } } },
    'formation.web.quantity: expected a whole number from 0 to 100, got 101',
  ],
  [
    'a quantity that is not whole',
    { formation: { web: { quantity: 0.5 } } },
    'formation.web.quantity: expected a whole number from 0 to 100, got 0.5',
  ],
  [
    'a process type that is none',
    { formation: { 'web.1': {} } },
    'formation["web.1"]: expected a process type: 1 to 63 of letters, digits, "_" and "-", got "web.1"',
  ],
  [
    'a script of two lines',
    { scripts: { postdeploy: 'a\nb' } },
    'scripts.postdeploy: expected a command: one line of at most 16384 characters, without control characters, got "a\\nb"',
  ],
  [
    'a grace that is a text',
    policy({ web: { stop: { grace: 'x' } } }),
    'dozen.processes.web.stop.grace: expected a number of seconds from 0 to 3600, got "x"',
  ],
  [
    'a signal that asks for nothing',
    policy({ web: { stop: { signal: 'SIGKILL' } } }),
    'dozen.processes.web.stop.signal: expected one of "SIGTERM", "SIGINT", "SIGQUIT", got "SIGKILL"',
  ],
  [
    'a replacement that is unknown',
    policy({ web: { replacement: 'rolling' } }),
    'dozen.processes.web.replacement: expected one of "start-first", "stop-first", "one-by-one", got "rolling"',
  ],
  [
    'a memory size without a unit',
    policy({ web: { memory: 512 } }),
    'dozen.processes.web.memory: expected a memory size such as "512MB" or "1.5GB", from 16MB to 16TB, got 512',
  ],
  [
    'a health path that would break a request line',
    policy({ web: { health: '/a HTTP/1.1\r\n' } }),
    'dozen.processes.web.health: expected a path such as "/health": "/", then at most 1023 visible ASCII characters other than "#", got "/a HTTP/1.1\\r\\n"',
  ],
  [
    'a time limit that nothing waits for',
    policy({ worker: { readyTimeout: 5 } }),
    'dozen.processes.worker.readyTimeout: has no meaning for a type that does not listen; declare "health" beside it',
  ],
  [
    'a time zone that is none',
    { dozen: { schedule: [{ ...entry, timezone: 'Mars/Base' }] } },
    'dozen.schedule[0].timezone: expected a time zone such as "Europe/Berlin", got "Mars/Base"',
  ],
  [
    'a cron field out of range',
    { dozen: { schedule: [{ ...entry, cron: '61 * * * *' }] } },
    'dozen.schedule[0].cron: expected a minute from 0 to 59, got "61"',
  ],
  [
    'two entries of one name',
    { dozen: { schedule: [entry, entry] } },
    'dozen.schedule: two entries have the name "tidy"',
  ],
];

for (const [what, content, complaint] of complaints) {
  test(`${what} is refused by its path`, () => {
    assert.equal(refused(content), `Cannot read app.json: ${complaint}`);
  });
}

test('a text that is not JSON is refused', () => {
  assert.match(refused('{"a":'), /^Cannot read app\.json: not JSON: ./);
});

test('an app.json over 1 MB is refused, counted in bytes', () => {
  assert.throws(() => parseAppJson(`"${'é'.repeat(appJsonLimit / 2)}"`), {
    code: 'APP_JSON_TOO_LARGE',
    message: 'Cannot read app.json: 1048578 bytes are over the limit of 1048576',
  });
});

test('a byte order mark is no part of app.json', () => {
  assert.equal(parseAppJson('\uFEFF{"name":"a"}').name, 'a');
});

test('keys that objects inherit are ordinary keys everywhere', () => {
  const declared = parseAppJson(
    '{"__proto__": 1, "env": {"__proto__": "x"}, "formation": {"__proto__": {"quantity": 3}},' +
      ' "dozen": {"processes": {"__proto__": {"memory": "16MB"}}}}',
  );
  assert.deepEqual(
    declared.variables.map(({ name }) => name),
    ['__proto__'],
  );
  assert.deepEqual(Object.entries(declared.formation), [['__proto__', 3]]);
  assert.equal(policyOf(declared.policies, '__proto__').memoryLimit, 16 * 1024 ** 2);
  assert.equal((Object.prototype as { quantity?: number }).quantity, undefined);
});

test('any JSON is read or refused as app.json', () => {
  const scrap = fc.jsonValue({ maxDepth: 3 });
  const sections = fc.record(
    {
      name: scrap,
      addons: fc.oneof(scrap, fc.array(scrap)),
      env: scrap,
      formation: fc.dictionary(fc.string(), scrap),
      scripts: scrap,
      dozen: fc.record(
        { processes: fc.dictionary(fc.string(), scrap), schedule: fc.array(scrap) },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(scrap, sections), (content) => {
      try {
        read(content);
      } catch (error) {
        assert.equal((error as { code: string }).code, 'APP_JSON_INVALID');
      }
    }),
  );
});
