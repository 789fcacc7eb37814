/** What the backslash commands ask of the server's catalogue. */
export interface Question {
  readonly title: string;
  readonly text: string;
  /** Whether an answer without rows is worth showing. */
  readonly isShownEmpty: boolean;
}

const kinds =
  "CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' END";

/** Of the schemas in which names are looked for, but the server's own. */
export function relationsQuestion(relkinds: string): Question {
  return {
    title: 'Relations',
    text: `SELECT n.nspname AS "Schema", c.relname AS "Name", ${kinds} AS "Type", pg_get_userbyid(c.relowner) AS "Owner"
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN (${[...relkinds].map((kind) => `'${kind}'`).join(', ')})
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND pg_table_is_visible(c.oid)
      ORDER BY 1, 2`,
    isShownEmpty: true,
  };
}

/** @param name a literal of SQL that holds the name as it was typed */
export function oidQuestion(name: string): string {
  return `SELECT to_regclass(${name})::oid::text`;
}

/** @param oid digits */
export function relationQuestions(oid: string): readonly Question[] {
  return [
    {
      title: 'Columns',
      text: `SELECT attname AS "Column", format_type(atttypid, atttypmod) AS "Type",
          CASE WHEN attnotnull THEN 'not null' ELSE '' END AS "Nullable",
          CASE WHEN attidentity <> '' THEN 'generated as identity' ELSE pg_get_expr(adbin, adrelid) END AS "Default"
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = ${oid} AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
      isShownEmpty: true,
    },
    {
      title: 'Indexes',
      text: `SELECT pg_get_indexdef(indexrelid) AS "Index" FROM pg_index WHERE indrelid = ${oid} ORDER BY 1`,
      isShownEmpty: false,
    },
    {
      title: 'Constraints',
      text: `SELECT conname AS "Constraint", pg_get_constraintdef(oid) AS "Definition" FROM pg_constraint
        WHERE conrelid = ${oid} AND contype <> 'n' ORDER BY 1`,
      isShownEmpty: false,
    },
    {
      title: 'Referenced by',
      text: `SELECT conrelid::regclass::text AS "Table", pg_get_constraintdef(oid) AS "Definition" FROM pg_constraint
        WHERE confrelid = ${oid} AND contype = 'f' ORDER BY 1`,
      isShownEmpty: false,
    },
  ];
}
