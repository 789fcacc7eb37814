/** Follows a change to its end and says how it went. */
import type { Client } from '../api/client.ts';
import { stageLine } from '../api/stages.ts';
import { fromShape } from '../base/error.ts';
import type { DeployEvent } from '../factors/deploy-event.ts';

export interface Following {
  readonly json: boolean;
  /** E.g. `http://shop.localhost:8080/`; absent: hosts alone are shown. */
  readonly url?: (host: string) => string;
}

/** @throws what the change failed of, once all it told is printed. */
export async function followChange(
  client: Client,
  change: string | null,
  { json, url = (host) => host }: Following,
): Promise<void> {
  if (change === null) return;
  const call = 'GET /dozen/v1/changes/:change/events';
  for await (const event of client.follow(call, { params: { change } })) printEvent(event, { json, url });
}

export function printEvent(event: DeployEvent, { json, url = (host) => host }: Following): void {
  if (event.kind === 'failed') throw fromShape(event.error);
  const { stdout } = process;
  const line = json ? `${JSON.stringify(event)}\n` : stageLine(event, { out: stdout, url });
  if (line !== null) stdout.write(line);
}
