import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { variableNameFault } from './config.ts';
import { dotenvLimit, parseDotenv, renderDotenv } from './dotenv.ts';
import { Secret } from './secret.ts';

function entries(text: string): [string, string][] {
  return [...parseDotenv(text)].map(([key, secret]) => [key, secret.reveal()]);
}

function read(text: string): Record<string, string> {
  return Object.fromEntries(entries(text));
}

function render(pairs: readonly (readonly [string, string])[]): string {
  return renderDotenv(new Map(pairs.map(([key, text]) => [key, new Secret(text)])));
}

function refused(text: string): { code: string; message: string; hint: string } {
  try {
    parseDotenv(text);
  } catch (error) {
    const { code, message, hint } = error as { code: string; message: string; hint: string };
    return { code, message, hint };
  }
  return assert.fail(`accepted ${JSON.stringify(text)}`);
}

test('single quotes keep everything between them, line ends too', () => {
  assert.deepEqual(read(`KEY='a $B "c" \\n # d\ne'\nNEXT=1`), { KEY: 'a $B "c" \\n # d\ne', NEXT: '1' });
});

test('double quotes know six escapes and no variables', () => {
  assert.deepEqual(read(String.raw`KEY="a\nb\r\t\"\\\$HOME $HOME # c"`), {
    KEY: 'a\nb\r\t"\\$HOME $HOME # c',
  });
});

test('a plain value ends at its line or at a comment after a space', () => {
  assert.deepEqual(read('A=  b c\t\nB=b#c # d # e\nC=#c\nD= #c\nE=\nF=a"b\'c\\n$G'), {
    A: 'b c',
    B: 'b#c',
    C: '#c',
    D: '',
    E: '',
    F: `a"b'c\\n$G`,
  });
});

test('"export ", comments, blank lines, CRLF and a byte order mark carry no meaning', () => {
  assert.deepEqual(read(`\uFEFF# x\r\n\r\n  export A=1\r\nexport\tB = '2' # two\r\nexport  =3\r\n#`), {
    A: '1',
    B: '2',
    export: '3',
  });
});

test('names that objects inherit are ordinary variables', () => {
  assert.deepEqual(entries('__proto__=a\nconstructor=b'), [
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
});

test('what is read does not print itself', () => {
  assert.equal(JSON.stringify([...parseDotenv('KEY=hunter2')]), '[["KEY","[secret]"]]');
});

test('a line that sets nothing is refused by its number and not shown', () => {
  assert.deepEqual(refused('A=1\n\nhunter2'), {
    code: 'DOTENV_INVALID',
    message: 'Cannot read .env:3: expected NAME=value',
    hint: 'Correct line 3 of .env; a value in single quotes is taken as it stands',
  });
  assert.equal(refused('A=1\rB=2').message, 'Cannot read .env:1: expected NAME=value');
  assert.equal(refused('=1').message, 'Cannot read .env:1: expected NAME=value');
});

test('a name that cannot be set is refused and not shown, for it may be part of a secret', () => {
  assert.equal(
    refused('KEY=-----BEGIN\nMIIE+x==').message,
    'Cannot read .env:2: the name is not a variable name: letters, digits and "_", not starting with a digit or "DOZEN_", at most 255 characters',
  );
  assert.equal(
    refused('PORT=1').message,
    'Cannot read .env:1: the name is reserved: the platform or its shell sets it',
  );
});

test('a quote that is not closed is refused where it opens', () => {
  assert.equal(refused('A=1\nB="x\ny').message, 'Cannot read .env:2: the value of B has no closing quote');
  assert.equal(refused(`A='x"`).message, 'Cannot read .env:1: the value of A has no closing quote');
});

test('text after a closing quote is refused where it stands', () => {
  assert.equal(refused(`A='x\ny'z`).message, 'Cannot read .env:2: text follows the closing quote of A');
  assert.equal(refused('A="x"#z').message, 'Cannot read .env:1: text follows the closing quote of A');
});

test('an escape that tools disagree about is refused', () => {
  assert.equal(
    refused('A="\\x"').message,
    'Cannot read .env:1: the value of A has an escape other than \\n \\r \\t \\" \\\\ \\$',
  );
});

test('a NUL character is refused: no process could be given it', () => {
  assert.equal(refused('A=x\0').message, 'Cannot read .env:1: the value of A has a NUL character');
});

test('a name given twice is refused with both lines', () => {
  assert.deepEqual(refused(`A='1\n2'\nB=1\nA=2`), {
    code: 'DOTENV_DUPLICATE',
    message: 'Cannot read .env:4: A is set already, in line 1',
    hint: 'Remove line 1 or 4 of .env',
  });
});

test('a file over the limit is refused', () => {
  assert.deepEqual(refused('#'.repeat(dotenvLimit + 1)), {
    code: 'DOTENV_TOO_LARGE',
    message: 'Cannot read .env: 262145 characters are over the limit of 262144',
    hint: 'Put large values in a backing service',
  });
});

test('a file of nothing but space costs no more than another', () => {
  const space = ' '.repeat(dotenvLimit - 10);
  assert.equal(refused(`${space}x y`).code, 'DOTENV_INVALID');
  assert.deepEqual(read(`A=b${space}c`), { A: `b${space}c` });
  assert.equal(refused(`A="${'\\n'.repeat(dotenvLimit / 2 - 10)}`).code, 'DOTENV_INVALID');
});

/** Any character of Unicode. */
const unit = fc
  .oneof(
    fc.integer({ min: 0, max: 0xff }),
    fc.integer({ min: 0, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0x10ffff }),
  )
  .map((point) => String.fromCodePoint(point));

const name = fc.oneof(fc.stringMatching(/^[A-Ya-y_][A-Za-z0-9_]{0,20}$/), fc.constant('__proto__'));
const awkward = fc.constantFrom(
  ' ',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '#',
  ' #',
  '$',
  '$A',
  "'",
  '"',
  '\\',
  '\\n',
  '=',
);
const value = fc
  .array(fc.oneof(awkward, fc.string({ unit, maxLength: 4 })), { maxLength: 12 })
  .map((parts) => parts.join('').replaceAll('\0', ''));
const variables = fc
  .uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 8 })
  .map((pairs) => pairs.filter(([key]) => variableNameFault(key) === null));

test('what is rendered is read as the same values, byte for byte', () => {
  fc.assert(
    fc.property(variables, (pairs) => {
      assert.deepEqual(entries(render(pairs)), pairs);
    }),
    { numRuns: 1000 },
  );
});

test('what is rendered survives an editor that ends lines with CRLF, where values have no line end', () => {
  fc.assert(
    fc.property(variables, (pairs) => {
      const short = pairs.map(([key, text]) => [key, text.replaceAll(/[\r\n]/g, '')] as const);
      assert.deepEqual(entries(render(short).replaceAll('\n', '\r\n')), short);
    }),
  );
});

test('any text is read or refused with a code of the .env file', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(awkward, fc.string(), fc.constantFrom('A', 'export '))), (parts) => {
      try {
        parseDotenv(parts.join(''));
      } catch (error) {
        assert.match((error as { code: string }).code, /^DOTENV_/);
      }
    }),
  );
});
