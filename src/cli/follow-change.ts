/** Follows a change to its end and says how it went. */
import type { Client } from '../api/client.ts';
import { stageLine } from '../api/stages.ts';
import { fromShape } from '../base/error.ts';
import type { DeployEvent } from '../factors/deploy-event.ts';

export interface Following {
  readonly json: boolean;
}

/** @throws what the change failed of, once all it told is printed. */
export async function followChange(
  client: Client,
  change: string | null,
  { json }: Following,
): Promise<void> {
  if (change === null) return;
  const call = 'GET /dozen/v1/changes/:change/events';
  for await (const event of client.follow(call, { params: { change } })) printEvent(event, { json });
}

export function printEvent(event: DeployEvent, { json }: Following): void {
  if (event.kind === 'failed') throw fromShape(event.error);
  const { stdout } = process;
  const line = json ? `${JSON.stringify(event)}\n` : stageLine(event, stdout);
  if (line !== null) stdout.write(line);
}
