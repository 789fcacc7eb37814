/** Makes a cluster and the database in it. Both may be cut off anywhere and run again. */
import { platformError } from '../../base/error.ts';
import type { Service } from '../../factors/04-backing-services/service.ts';
import { describeExit } from '../../factors/06-processes/process.ts';
import type { ServiceHost } from '../provider.ts';
import { database } from './logins.ts';
import { onceOf, withPassword } from './server.ts';
import { withSession } from './session.ts';
import { type PostgresState, requireState } from './state.ts';

/** A cluster that was cut off halfway is made anew; `made` says that it is whole. Its name is the provider's own. */
const initialise = (cluster: string): string => `set -e
if [ -e /data/made ]; then exit 0; fi
rm -rf /data/${cluster}
umask 077
printf %s "$POSTGRES_PASSWORD" >/tmp/password
initdb --pgdata=/data/${cluster} --username=postgres --pwfile=/tmp/password --auth=scram-sha-256 --encoding=UTF8 \\
  --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C --data-checksums
rm /tmp/password
: >/data/made
sync /data/made /data`;

export async function makeCluster(service: Service, host: ServiceHost): Promise<void> {
  const { cluster } = requireState(host);
  const spec = onceOf(service, initialise(cluster), { revision: withPassword });
  const { exit, lastLines } = await host.run({ process: 'initdb.1', spec });
  if (exit.kind === 'code' && exit.code === 0) return;
  throw platformError(
    'SERVICE_NOT_CREATED',
    `Cannot create ${service.name}: initdb ended with ${describeExit(exit)}: ${lastLines.slice(-3).join(' ')}`,
    {
      hint: 'Mend what it says and deploy again: it begins anew',
    },
  );
}

export async function makeDatabase(state: PostgresState): Promise<void> {
  await withSession({ state, database: 'postgres' }, async (client) => {
    const roles = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', ['app']);
    if (roles.rowCount === 0) await client.query('CREATE ROLE app NOLOGIN');
    const databases = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (databases.rowCount === 0) await client.query(`CREATE DATABASE ${database} OWNER app`);
  });
  await withSession({ state, database }, (client) =>
    client.query(
      'ALTER SCHEMA public OWNER TO app; REVOKE CONNECT ON DATABASE app FROM PUBLIC; GRANT CONNECT ON DATABASE app TO app',
    ),
  );
}
