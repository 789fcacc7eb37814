/** What the provider remembers of one PostgreSQL service. */
import { Secret } from '../../factors/03-config/secret.ts';

export interface PostgresState {
  readonly format: 1;
  /** Of the superuser `postgres`, which only the provider uses. */
  readonly password: string;
  readonly port: number;
}

export function sealState(state: PostgresState): Secret {
  return new Secret(JSON.stringify(state));
}

export function openState(state: Secret): PostgresState {
  return JSON.parse(state.reveal()) as PostgresState;
}
