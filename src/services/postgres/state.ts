/** What the provider remembers of one PostgreSQL service. */
import { platformError } from '../../base/error.ts';
import { Secret } from '../../factors/03-config/secret.ts';
import type { ServiceHost } from '../provider.ts';

export interface PostgresState {
  readonly format: 2;
  /** Of the superuser `postgres`, which only the provider uses. */
  readonly password: string;
  readonly port: number;
  /** Its data, in the volume. A restore changes it. */
  readonly cluster: string;
  /**
   * The roles of its attachments with what the server keeps of their passwords, so that they are in a restored cluster too;
   * null for a service made before they were noted, until it is next used.
   */
  readonly logins: Logins | null;
}

export type Logins = Readonly<Record<string, string>>;

/** What services were made with before. */
interface FirstState {
  readonly format: 1;
  readonly password: string;
  readonly port: number;
}

export const firstCluster = 'cluster';

export function sealState(state: PostgresState): Secret {
  return new Secret(JSON.stringify(state));
}

export function openState(sealed: Secret): PostgresState {
  const state = JSON.parse(sealed.reveal()) as PostgresState | FirstState;
  return state.format === 1 ? { ...state, format: 2, cluster: firstCluster, logins: null } : state;
}

export function requireState({ state }: Pick<ServiceHost, 'state'>): PostgresState {
  if (state !== null) return openState(state);
  throw platformError('SERVICE_NOT_CREATED', 'Cannot use a PostgreSQL service: it was never created', {
    hint: 'Deploy again',
  });
}

/** Reads and saves without waiting between: others may change the state too. */
export function changeState(
  host: ServiceHost,
  change: (state: PostgresState) => Partial<PostgresState>,
): Promise<void> {
  const state = requireState(host);
  return host.save(sealState({ ...state, ...change(state) }));
}
