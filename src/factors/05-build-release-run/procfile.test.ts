import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Procfile, parseProcfile, procfileLimit, renderProcfile } from './procfile.ts';

/** Key order counts, prototypes do not. */
function read(text: string): { types: [string, string][]; release: string | null } {
  const { processTypes, release } = parseProcfile(text);
  return { types: Object.entries(processTypes), release };
}

function refused(text: string): { code: string; message: string; hint: string } {
  try {
    parseProcfile(text);
  } catch (error) {
    const { code, message, hint } = error as { code: string; message: string; hint: string };
    return { code, message, hint };
  }
  return assert.fail(`accepted ${JSON.stringify(text)}`);
}

test('a Procfile gives the commands in the order of the file, the release phase apart', () => {
  assert.deepEqual(read('web: node server.js\nrelease: node migrate.js\nworker: node worker.js\n'), {
    types: [
      ['web', 'node server.js'],
      ['worker', 'node worker.js'],
    ],
    release: 'node migrate.js',
  });
});

test('a command belongs to the shell: colons, quotes, "#" and "$" stay as they are', () => {
  assert.deepEqual(read(`web: PORT=$PORT sh -c 'a: "b" # c' && echo \\n`).types, [
    ['web', `PORT=$PORT sh -c 'a: "b" # c' && echo \\n`],
  ]);
});

test('blank lines, comments, CRLF, a byte order mark and outer space are no part of a Procfile', () => {
  assert.deepEqual(read('\uFEFF\r\n  # first\r\n\tweb \t:\tnode a.js \t\r\n\r\n#last').types, [
    ['web', 'node a.js'],
  ]);
});

test('a no-break space is kept, for a shell does not split at it', () => {
  assert.deepEqual(read('web: \u00a0a\u00a0').types, [['web', '\u00a0a\u00a0']]);
});

test('a Procfile with the release phase alone is accepted: a builder may know the web command', () => {
  assert.deepEqual(read('release: ./migrate'), { types: [], release: './migrate' });
});

test('names that objects inherit are ordinary process types', () => {
  const { processTypes } = parseProcfile('__proto__: a\nconstructor: b');
  assert.deepEqual(Object.entries(processTypes), [
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
  assert.equal(processTypes.toString, undefined);
});

test('a line without a colon is refused by its number', () => {
  assert.deepEqual(refused('# a\nweb node server.js'), {
    code: 'PROCFILE_INVALID',
    message: 'Cannot read Procfile:2: no ":" after the process type in "web node server.js"',
    hint: 'Write line 2 of Procfile as "name: command", or begin it with "#"',
  });
});

test('a name with other characters, an overlong one and an empty one are refused', () => {
  const complaint = 'the process type is not 1 to 63 of letters, digits, "_" and "-" in';
  assert.equal(refused('web.1: a').message, `Cannot read Procfile:1: ${complaint} "web.1: a"`);
  assert.equal(refused(': a').message, `Cannot read Procfile:1: ${complaint} ": a"`);
  assert.equal(refused(`${'w'.repeat(64)}: a`).code, 'PROCFILE_INVALID');
  assert.equal(read(`${'w'.repeat(63)}: a`).types.length, 1);
});

test('a name without a command is refused', () => {
  assert.equal(refused('web:  ').message, 'Cannot read Procfile:1: no command after "web:"');
});

test('a control character is refused and printed escaped', () => {
  assert.equal(
    refused('web: a\0b').message,
    'Cannot read Procfile:1: a control character in "web: a\\u0000b"',
  );
  assert.equal(refused('web: a\rworker: b').code, 'PROCFILE_INVALID');
});

test('a name given twice is refused with both lines', () => {
  assert.deepEqual(refused('web: a\n\nweb: b'), {
    code: 'PROCFILE_DUPLICATE',
    message: 'Cannot read Procfile:3: "web" has a command already, in line 1',
    hint: 'Rename or remove line 1 or 3 of Procfile',
  });
  assert.equal(refused('release: a\nrelease: b').code, 'PROCFILE_DUPLICATE');
});

test('a Procfile that names nothing is refused', () => {
  for (const text of ['', '\uFEFF', '\n \n', '# web: a']) {
    assert.deepEqual(refused(text), {
      code: 'PROCFILE_EMPTY',
      message: 'Cannot read Procfile: no line names a process type',
      hint: 'Add a line such as "web: node server.js"',
    });
  }
});

test('a Procfile over 64 KB is refused, counted in bytes', () => {
  const head = 'web: ';
  assert.equal(read(head + 'a'.repeat(procfileLimit - head.length)).types.length, 1);
  assert.deepEqual(refused(head + 'é'.repeat(procfileLimit / 2)), {
    code: 'PROCFILE_TOO_LARGE',
    message: 'Cannot read Procfile: 65541 bytes are over the limit of 65536',
    hint: 'Move long commands into scripts and name those',
  });
});

test('a line of nothing but space costs no more than another', () => {
  const space = ' '.repeat(procfileLimit - 10);
  assert.equal(refused(`web${space}x`).code, 'PROCFILE_INVALID');
  assert.deepEqual(read(`web: a${space}b`).types, [['web', `a${space}b`]]);
});

/** Any character of Unicode. */
const unit = fc
  .oneof(
    fc.integer({ min: 0, max: 0xff }),
    fc.integer({ min: 0, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0x10ffff }),
  )
  .map((point) => String.fromCodePoint(point));

const name = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_-]{1,63}$/),
  fc.constantFrom('__proto__', 'constructor', 'web'),
);
const command = fc
  .string({ unit, minLength: 1, maxLength: 60 })
  .map((text) => text.replaceAll(/[\x00-\x08\x0a-\x1f\x7f]/g, 'x'))
  .map((text) => `c${text}.`);
const procfile = fc
  .uniqueArray(fc.tuple(name, command), { selector: ([key]) => key, minLength: 1, maxLength: 8 })
  .map((pairs): Procfile => {
    const processTypes: Record<string, string> = Object.create(null);
    for (const [key, value] of pairs) if (key !== 'release') processTypes[key] = value;
    return { processTypes, release: pairs.find(([key]) => key === 'release')?.[1] ?? null };
  });

test('what is rendered is read as the same Procfile', () => {
  fc.assert(
    fc.property(procfile, fc.option(command), (given, release) => {
      const whole = { ...given, release: given.release ?? release };
      fc.pre(Object.keys(whole.processTypes).length > 0 || whole.release !== null);
      assert.deepEqual(parseProcfile(renderProcfile(whole)), whole);
    }),
  );
});

test('any text is read or refused with a code of the Procfile', () => {
  const line = fc.oneof(fc.string({ unit }), fc.stringMatching(/^[a-z ]{0,5}:? ?[a-z#]{0,5}$/));
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom('\n', '\r\n'), (lines, end) => {
      try {
        parseProcfile(lines.join(end));
      } catch (error) {
        assert.match((error as { code: string }).code, /^PROCFILE_/);
      }
    }),
  );
});
