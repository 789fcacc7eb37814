/**
 * A snapshot becomes the base of a new append-only file, in a folder of its own beside the old data.
 *
 * https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Service } from '../../factors/04-backing-services/service.ts';
import { type BackupHead, readBackup } from '../backup-file.ts';
import { openIncoming } from '../data-folder.ts';
import type { ServiceHost, ServiceProvider } from '../provider.ts';
import { switchData } from '../switch-data.ts';
import { tidyVolume } from '../tidy-volume.ts';
import { onceOf } from './server.ts';
import { type RedisState, requireState, sealState } from './state.ts';

interface Target {
  readonly service: Service;
  readonly host: ServiceHost;
  readonly provider: Pick<ServiceProvider, 'processes' | 'check'>;
}

interface Origin {
  readonly from: AsyncIterable<Uint8Array>;
  readonly expected: Pick<BackupHead, 'kind' | 'version'>;
}

export async function restoreSnapshot({ service, host, provider }: Target, origin: Origin): Promise<void> {
  const folder = `restored-${randomBytes(6).toString('hex')}`;
  const { folder: old } = requireState(host);
  try {
    await bringIn(host, { ...origin, folder });
    await switchData<RedisState>(
      { service, host, provider, read: requireState, seal: sealState },
      { to: (state) => ({ ...state, folder }), back: (state) => ({ ...state, folder: old }) },
    );
  } finally {
    const keep = [requireState(host).folder];
    await tidyVolume(host, { keep, specOf: (shell) => onceOf(service, shell) });
  }
}

const base = 'appendonly.aof.1.base.rdb';

async function bringIn(
  host: ServiceHost,
  { from, expected, folder }: Origin & { readonly folder: string },
): Promise<void> {
  const incoming = await openIncoming(host.volume('data'));
  try {
    const files = path.join(incoming.folder, 'appendonlydir');
    await mkdir(files, { mode: 0o700 });
    const use = (data: AsyncIterable<Buffer>): Promise<void> => write(data, path.join(files, base));
    await readBackup(from, { expected, use, signal: host.signal });
    await writeFile(path.join(files, 'appendonly.aof.manifest'), `file ${base} seq 1 type b\n`, {
      mode: 0o600,
    });
    await incoming.moveIn(folder);
  } finally {
    await incoming.close();
  }
}

async function write(data: AsyncIterable<Buffer>, file: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    for await (const piece of data) await handle.writeFile(piece);
  } finally {
    await handle.close();
  }
}
