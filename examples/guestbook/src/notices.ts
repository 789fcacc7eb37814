/**
 * Notices of the database (LISTEN and NOTIFY), on a connection of their own. A notice carries nothing but
 * "look again": the truth is in the tables, so one that is lost in an outage costs time and no data.
 */
import { once } from 'node:events';
import { Client } from 'pg';
import { connectOptions, facts } from './database.ts';
import type { Log } from './log.ts';
import { pause } from './pause.ts';

export type Channel = 'entries' | 'jobs';

export interface Listening {
  readonly channel: Channel;
  readonly databaseUrl: string;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Called for every notice, and after every new connection, because notices may have been missed. */
  readonly onNotice: () => void;
}

const retryMs = 1000;

/** Listens, and connects again when the connection is lost, until the signal aborts. */
export const listen = async (listening: Listening): Promise<void> => {
  const { signal, log, channel } = listening;
  while (!signal.aborted) {
    const reason = await listenOnce(listening).then(() => ({ error: 'The connection ended' }), facts);
    if (signal.aborted) return;
    log.warn('not-listening', { channel, ...reason });
    await pause(retryMs, signal);
  }
};

const listenOnce = async ({ channel, databaseUrl, signal, log, onNotice }: Listening): Promise<void> => {
  const client = new Client(connectOptions(databaseUrl));
  client.on('notification', onNotice);
  client.on('error', (error) => log.debug('connection-lost', facts(error)));
  const subscribe = async () => {
    await client.query(`listen ${channel}`);
    log.debug('listening-to', { channel });
    onNotice();
  };
  try {
    await client.connect();
    await Promise.all([once(client, 'end', { signal }), subscribe()]);
  } finally {
    await client.end();
  }
};
