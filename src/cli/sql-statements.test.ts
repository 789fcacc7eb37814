import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { statementReader } from './sql-statements.ts';

function cut(text: string): { readonly statements: readonly string[]; readonly rest: string | null } {
  const reader = statementReader();
  return { statements: reader.push(text), rest: reader.end() };
}

test('a statement ends at its semicolon, wherever lines end', () => {
  assert.deepEqual(cut('SELECT 1; SELECT\n2\n;\nSELECT 3\n'), {
    statements: ['SELECT 1;', 'SELECT\n2\n;'],
    rest: 'SELECT 3',
  });
});

test('what looks like an end and is none', () => {
  for (const text of [
    "SELECT 'a;b''c;';",
    'SELECT 1 AS "a;""b;";',
    "SELECT E'a\\';b';",
    "SELECT E'\\\\', 'a;';",
    "SELECT 'a\\', 1;",
    'DO $$ BEGIN PERFORM 1; END $$;',
    'DO $body$ SELECT $$;$$; $body$;',
    'SELECT a$b$c FROM t;',
    'SELECT 1 -- no; end\n;',
    'SELECT /* a; /* b; */ c; */ 1;',
    'CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b);',
    'CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END;',
    'BEGIN;',
  ])
    assert.deepEqual(cut(`${text}\n`), { statements: [text], rest: null }, text);
});

test('it is open from the first word or comment to the end', () => {
  const reader = statementReader();
  assert.equal(reader.isOpen, false);
  reader.push('  -- said before it\n');
  assert.equal(reader.isOpen, false);
  reader.push('/* begun\n');
  assert.equal(reader.isOpen, true);
  reader.push('*/ SELECT\n');
  assert.equal(reader.isOpen, true);
  reader.push('1;\n');
  assert.equal(reader.isOpen, false);
  reader.push("SELECT '\n");
  reader.clear();
  assert.deepEqual(reader.push('SELECT 2;\n'), ['SELECT 2;']);
});

const body = fc.stringMatching(/^[a-z;\n $'"-]{0,12}$/);
const piece = fc.oneof(
  fc.stringMatching(/^[a-z0-9,.+]{1,8}$/),
  body.map((text) => `'${text.replaceAll("'", "''")}'`),
  body.map((text) => `"${text.replaceAll('"', '""')}"`),
  // A body that has its own tag ends there.
  body.map((text) => `$q$${text.replaceAll('q', '')}$q$`),
  body.map((text) => `/*${text}*/`),
  body.map((text) => `--${text.replaceAll('\n', '')}\n`),
);
const statement = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => `x ${pieces.join(' ')} ;`);

test('statements come out as they went in, all at once or line by line', () => {
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 5 }), (statements) => {
      const text = `${statements.join('\n')}\n`;
      const reader = statementReader();
      const byLine = text.split(/(?<=\n)/).flatMap((line) => reader.push(line));
      assert.deepEqual(cut(text).statements, statements);
      assert.deepEqual(byLine, statements);
    }),
  );
});
