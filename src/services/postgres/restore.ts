/**
 * ```
 * the file, read and unpacked beside the volume ─► moved into it
 *   ─► one run in single-user mode: the log is played, the roles are this service's ─► the service is switched to it
 * ```
 */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { platformError } from '../../base/error.ts';
import type { Service } from '../../factors/04-backing-services/service.ts';
import { describeExit } from '../../factors/06-processes/process.ts';
import { type BackupHead, readBackup } from '../backup-file.ts';
import { openIncoming } from '../data-folder.ts';
import type { ServiceHost, ServiceProvider } from '../provider.ts';
import { switchData } from '../switch-data.ts';
import { tidyVolume } from '../tidy-volume.ts';
import { alignStatement, database } from './logins.ts';
import { onceOf, plain } from './server.ts';
import { withSession } from './session.ts';
import { type PostgresState, requireState, sealState } from './state.ts';
import { untar } from './untar.ts';

interface Target {
  readonly service: Service;
  readonly host: ServiceHost;
  readonly provider: Pick<ServiceProvider, 'processes' | 'check'>;
}

export async function restoreCluster(
  target: Target,
  {
    from,
    expected,
  }: { readonly from: AsyncIterable<Uint8Array>; readonly expected: Pick<BackupHead, 'kind' | 'version'> },
): Promise<void> {
  const name = `restored-${randomBytes(6).toString('hex')}`;
  try {
    await bringIn(target, { from, expected, name });
    await prepare(target, name);
    await switchTo(target, `${name}/cluster`);
  } finally {
    await tidy(target);
  }
}

async function bringIn(
  { host }: Target,
  { from, expected, name }: Parameters<typeof restoreCluster>[1] & { readonly name: string },
): Promise<void> {
  const incoming = await openIncoming(host.volume('data'));
  try {
    const cluster = path.join(incoming.folder, 'cluster');
    await mkdir(cluster, { mode: 0o700 });
    const use = (data: AsyncIterable<Buffer>): Promise<void> => untar(data, cluster);
    await readBackup(from, { expected, use, signal: host.signal });
    const statement = alignStatement(requireState(host), `COPY (SELECT 1) TO '/data/${name}/aligned';`);
    await writeFile(path.join(incoming.folder, 'roles.sql'), `${statement}\n`, { mode: 0o600 });
    await incoming.moveIn(name);
  } finally {
    await incoming.close();
  }
}

/**
 * The server's single-user mode asks for no password and listens nowhere. It ends well whatever became of a statement: the file
 * that the last one writes tells. Of a statement that fails nothing is printed: it holds what passwords are checked with.
 */
async function prepare({ service, host }: Target, name: string): Promise<void> {
  const settings = ['log_min_error_statement=panic', 'log_error_verbosity=terse', 'io_method=sync'];
  const shell = `set -e
cd /data/${name}
postgres --single -D /data/${name}/cluster ${settings.map((setting) => `-c ${setting}`).join(' ')} ${database} <roles.sql
rm roles.sql
rm aligned
sync -f /data`;
  const spec = onceOf(service, shell, { revision: plain });
  const { exit, lastLines } = await host.run({ process: 'restore.1', spec });
  if (exit.kind === 'code' && exit.code === 0) return;
  throw platformError(
    'SERVICE_NOT_RESTORED',
    `Cannot restore ${service.name}: the server ended with ${describeExit(exit)} over the backup's data: ${lastLines.slice(-3).join(' ')}`,
    { hint: 'Take another backup; the data is as it was' },
  );
}

async function switchTo({ service, host, provider }: Target, cluster: string): Promise<void> {
  const { cluster: old } = requireState(host);
  await switchData<PostgresState>(
    { service, host, provider, read: requireState, seal: sealState },
    { to: (state) => ({ ...state, cluster }), back: (state) => ({ ...state, cluster: old }) },
  );
  // Once more: a credential may have come or gone since.
  await withSession({ state: requireState(host), database }, (client) =>
    client.query(alignStatement(requireState(host))),
  );
}

function tidy({ service, host }: Target): Promise<void> {
  const keep = ['made', ...requireState(host).cluster.split('/').slice(0, 1)];
  return tidyVolume(host, { keep, specOf: (shell) => onceOf(service, shell, { revision: plain }) });
}
