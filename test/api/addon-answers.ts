/** Every call about add-ons, asked with everything in order. */
import assert from 'node:assert/strict';

/** Asks, checks the answer against the published schema, and gives it. */
export type Works = (key: string, call?: string, body?: unknown) => Promise<never>;

interface Named {
  readonly id: string;
  readonly name: string;
}

interface Addon extends Named {
  readonly app: Named;
  readonly plan: Named;
  readonly state: string;
  readonly config_vars: readonly string[];
}

/** @param app one that runs */
export async function askAddons(works: Works, app: string): Promise<void> {
  await works('GET /addon-services');
  await works('GET /addon-services/:service', 'GET /addon-services/heroku-postgresql');
  const plans = (await works(
    'GET /addon-services/:service/plans',
    'GET /addon-services/postgres/plans',
  )) as Named[];
  assert.deepEqual(
    plans.map(({ name }) => name),
    ['postgres:18'],
  );
  await works('GET /addon-services/:service/plans/:plan', 'GET /addon-services/postgres/plans/postgres:18');
  await works('GET /plans/:plan', 'GET /plans/heroku-postgresql:essential-0');

  const made: Addon = await works('POST /apps/:app/addons', `POST /apps/${app}/addons`, {
    plan: { name: 'heroku-postgresql:essential-0' },
    attachment: {},
    config: {},
  });
  assert.partialDeepStrictEqual(made, {
    name: `${app}-database`,
    app: { name: app },
    plan: { name: 'postgres:18' },
    config_vars: ['DATABASE_URL'],
    state: 'provisioned',
  });
  const url: Addon = await works('POST /apps/:app/addons', `POST /apps/${app}/addons`, {
    plan: 'url',
    name: 'crm',
    attachment: { name: 'CRM' },
    config: { url: 'https://user:hunter2@crm.example.org/' },
  });
  assert.doesNotMatch(JSON.stringify(url), /hunter2/);
  await works('GET /addons');
  await works('GET /addons/:addon', `GET /addons/${made.name}`);
  await works('GET /apps/:app/addons', `GET /apps/${app}/addons`);
  await works('GET /apps/:app/addons/:addon', `GET /apps/${app}/addons/crm`);
  const renamed: Addon = await works('PATCH /apps/:app/addons/:addon', `PATCH /apps/${app}/addons/crm`, {
    name: 'customers',
  });
  assert.equal(renamed.name, 'customers');
  for (const name of ['DATABASE_URL', 'database', made.name, made.id]) {
    const found: Addon[] = await works('POST /actions/addons/resolve', undefined, { addon: name, app });
    assert.deepEqual(
      found.map(({ id }) => id),
      [made.id],
      name,
    );
  }

  const attached: Named = await works('POST /addon-attachments', undefined, {
    addon: { name: made.name },
    app: { name: app },
    name: 'REPORTS',
  });
  assert.equal(attached.name, 'REPORTS');
  await works('GET /addon-attachments');
  await works('GET /addon-attachments/:attachment', `GET /addon-attachments/${attached.id}`);
  await works('GET /addons/:addon/addon-attachments', `GET /addons/${made.id}/addon-attachments`);
  await works('GET /apps/:app/addon-attachments', `GET /apps/${app}/addon-attachments`);
  await works('GET /apps/:app/addon-attachments/:attachment', `GET /apps/${app}/addon-attachments/DATABASE`);
  for (const [name, of] of [
    ['REPORTS_URL', app],
    [`${app}::REPORTS`, null],
    [attached.id, app],
  ] as const) {
    const body = { addon_attachment: name, app: of };
    const found: Named[] = await works('POST /actions/addon-attachments/resolve', undefined, body);
    assert.deepEqual(
      found.map(({ id }) => id),
      [attached.id],
      name,
    );
  }
  await works('DELETE /addon-attachments/:attachment', `DELETE /addon-attachments/${attached.id}`);
  const gone: Addon = await works('DELETE /apps/:app/addons/:addon', `DELETE /apps/${app}/addons/${made.id}`);
  assert.equal(gone.state, 'deprovisioned');
}
