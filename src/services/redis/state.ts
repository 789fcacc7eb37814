/** What the provider remembers of one Redis service. */
import { platformError } from '../../base/error.ts';
import { Secret } from '../../factors/03-config/secret.ts';
import type { ServiceHost } from '../provider.ts';

export interface RedisState {
  readonly format: 1;
  /** Of the user `dozen`, which only the provider uses. */
  readonly password: string;
  readonly port: number;
  /** Its data, in the volume. A restore changes it. */
  readonly folder: string;
  /** Its attachments' users, each with the SHA-256 of its password. The server is given them at each start. */
  readonly users: Readonly<Record<string, string>>;
}

export const firstFolder = 'redis';

export function sealState(state: RedisState): Secret {
  return new Secret(JSON.stringify(state));
}

export function openState(state: Secret): RedisState {
  return JSON.parse(state.reveal()) as RedisState;
}

export function requireState({ state }: Pick<ServiceHost, 'state'>): RedisState {
  if (state !== null) return openState(state);
  throw platformError('SERVICE_NOT_CREATED', 'Cannot use a Redis service: it was never created', {
    hint: 'Deploy again',
  });
}

/** Reads and saves without waiting between: others may change the state too. */
export function changeState(
  host: ServiceHost,
  change: (state: RedisState) => Partial<RedisState>,
): Promise<void> {
  const state = requireState(host);
  return host.save(sealState({ ...state, ...change(state) }));
}
