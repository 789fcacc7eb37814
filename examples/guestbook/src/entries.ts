/** An entry: what a visitor wrote, and the stamp that the worker gives it. */
import type { Query } from './database.ts';

export const limits = { name: 60, message: 500 } as const;

export type Field = keyof typeof limits;

/** What a visitor sent, parsed. */
export interface Draft {
  readonly name: string;
  readonly message: string;
}

export type Faults = Readonly<Partial<Record<Field, string>>>;

export type Parsed =
  | { readonly kind: 'valid'; readonly draft: Draft }
  | { readonly kind: 'invalid'; readonly draft: Draft; readonly faults: Faults };

export type EntryState = 'pending' | 'stamped' | 'failed';

export interface Entry extends Draft {
  readonly id: number;
  readonly createdAt: Date;
  readonly state: EntryState;
  readonly stampedAt: Date | null;
}

/** Takes whatever a form or a JSON body held. Text is kept as written, without control characters. */
export const parseDraft = (input: Readonly<Record<string, unknown>>): Parsed => {
  const draft = {
    name: clean(input.name).replaceAll(/\s+/g, ' '),
    message: clean(input.message).replaceAll(/\n{3,}/g, '\n\n'),
  };
  const faults = { ...fault('name', draft.name), ...fault('message', draft.message) };
  return Object.keys(faults).length === 0 ? { kind: 'valid', draft } : { kind: 'invalid', draft, faults };
};

export const latestEntries = (query: Query): Promise<Entry[]> =>
  query<Entry & Record<string, unknown>>(`
    select id, name, message, created_at as "createdAt", stamped_at as "stampedAt",
      case when stamped_at is not null then 'stamped'
           when failed_at is not null then 'failed'
           else 'pending' end as state
    from entries left join jobs on entry_id = id
    order by id desc limit 50`);

/** Must run in a transaction: the entry, its job and the notices of both appear together. */
export const addEntry = async (query: Query, { name, message }: Draft): Promise<number> => {
  const [entry] = await query<{ id: number }>(
    'insert into entries (name, message) values ($1, $2) returning id',
    [name, message],
  );
  if (!entry) throw new Error('The database returned no id for a new entry');
  await query('insert into jobs (entry_id) values ($1)', [entry.id]);
  await query("select pg_notify('jobs', ''), pg_notify('entries', '')");
  return entry.id;
};

export const stampOf = async (query: Query, id: number): Promise<string | null> => {
  const rows = await query<{ stamp: string | null }>('select stamp from entries where id = $1', [id]);
  return rows[0]?.stamp ?? null;
};

/** Removes entries older than so many days; their number. */
export const pruneEntries = async (query: Query, retentionDays: number): Promise<number> => {
  const rows = await query(
    'delete from entries where created_at < now() - make_interval(days => $1) returning id',
    [retentionDays],
  );
  if (rows.length > 0) await query("select pg_notify('entries', '')");
  return rows.length;
};

const clean = (value: unknown): string =>
  typeof value === 'string'
    ? value
        .toWellFormed()
        .normalize()
        .replaceAll(/\r\n?/g, '\n')
        .replaceAll(/[^\P{Cc}\n]/gu, '')
        .trim()
    : '';

const fault = (field: Field, text: string): Faults => {
  if (text === '') return { [field]: `Please write a ${field}` };
  if ([...text].length > limits[field]) return { [field]: `Please keep to ${limits[field]} characters` };
  return {};
};
