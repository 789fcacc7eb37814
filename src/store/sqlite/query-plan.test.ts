/** That what is asked often reads what it needs and no more: SQLite itself says how it would go about it. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { filled, firstKey, scratchStore } from '../../../test/fixtures/store/scratch-store.ts';
import type { Store } from '../store.ts';
import { type Database, openDatabase, type SqlValues } from './database.ts';
import { storeOver } from './sqlite-store.ts';

const id = 'of an app';

const asked: Readonly<Record<string, (store: Store) => unknown>> = {
  apps: (store) => store.apps(),
  'a page of apps': (store) =>
    store.appsPage({ by: 'name', from: { value: 'g', behind: true }, order: 'desc', limit: 10 }),
  'a page of apps by id': (store) => store.appsPage({ by: 'id', from: null, order: 'asc', limit: 10 }),
  'the summary of an app': (store) => store.appSummary(store.findApp('guestbook')?.id ?? id),
  'an app by its name': (store) => store.findApp('guestbook'),
  'the current release': (store) => store.currentRelease(id),
  'all releases of an app': (store) => store.releases(id),
  'a page of releases': (store) => store.releasesPage(id, { from: 40, order: 'desc', limit: 10 }),
  'a page of releases, oldest first': (store) => store.releasesPage(id, { order: 'asc', limit: 10 }),
  'the statuses of releases': (store) => store.statuses(id),
  'the events of a release': (store) => store.releaseEvents(id, 1),
  'builds of an app': (store) => store.builds(id),
  'a token': (store) => store.findAuthorizationByDigest('a'.repeat(64)),
  'authorizations of an account': (store) => store.authorizations(id),
  'an account by its address': (store) => store.findAccount('ada@example.org'),
  audit: (store) => store.audit({ limit: 10 }),
  'the audit of an app': (store) => store.audit({ appId: id, limit: 10 }),
  'domains of an app': (store) => store.domains(id),
  'exports of an app': (store) => store.exports(id),
  'couplings of a pipeline': (store) => store.couplings({ pipelineId: id }),
  'the coupling of an app': (store) => store.couplings({ appId: id }),
  'promotions that are pending': (store) => store.pendingPromotions(),
  'runs of a schedule': (store) => store.scheduleRuns(id, { schedule: 'nightly', limit: 10 }),
  'runs of an app': (store) => store.scheduleRuns(id, { limit: 10 }),
  'the last run of a schedule': (store) => store.lastScheduleRun(id, 'nightly'),
};

for (const [what, ask] of Object.entries(asked)) {
  test(`${what}: no table is read as a whole`, (context) => {
    const { store, statements, plan } = planned(context);
    statements.length = 0;
    ask(store);
    assert.notEqual(statements.length, 0);
    for (const statement of statements) {
      const steps = plan(statement);
      if (isPageInOrder(statement.sql, steps)) continue;
      assert.deepEqual(
        steps.filter((step) => /^SCAN (?!\w+ USING (COVERING )?INDEX|audit$)/.test(step)),
        [],
        statement.sql,
      );
    }
  });
}

/** What lies in the order that is asked for is read as far as the page goes. */
function isPageInOrder(sql: string, steps: readonly string[]): boolean {
  return sql.endsWith('LIMIT :limit') && !steps.some((step) => step.includes('TEMP B-TREE'));
}

test('releases come in order without sorting, and a page ends where it is full', (context) => {
  const { store, statements, plan } = planned(context);
  for (const name of ['the current release', 'all releases of an app', 'a page of releases'] as const) {
    statements.length = 0;
    asked[name]?.(store);
    const steps = statements.flatMap(plan);
    assert.ok(
      steps.some((step) => /^SEARCH r USING PRIMARY KEY \(app_id=\?/.test(step)),
      steps.join('\n'),
    );
    assert.deepEqual(
      steps.filter((step) => /USE TEMP B-TREE FOR ORDER BY/.test(step)),
      [],
    );
  }
});

interface Statement {
  readonly sql: string;
  readonly values: SqlValues;
}

function planned(context: TestContext) {
  const scratch = scratchStore(context);
  filled(scratch.open(), 3);
  const db = openDatabase(scratch.file);
  const statements: Statement[] = [];
  const store = storeOver(noting(db, statements), { masterKey: firstKey, clock: Date });
  context.after(() => store.close());
  const plan = ({ sql, values }: Statement): string[] =>
    db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, values).map(({ detail }) => detail);
  return { store, statements, plan };
}

function noting(db: Database, statements: Statement[]): Database {
  return {
    ...db,
    one(sql, values = {}) {
      statements.push({ sql, values });
      return db.one(sql, values);
    },
    all(sql, values = {}) {
      statements.push({ sql, values });
      return db.all(sql, values);
    },
  };
}
