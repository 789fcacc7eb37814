/** A real server of a backing service, started for the check. */
export type ServiceKind = 'postgres' | 'redis' | 'mysql' | 'nats' | 'rabbitmq';

export interface Service {
  readonly kind: ServiceKind;
  /** The variable that names it. */
  readonly variable: string;
  /** What the app is given. */
  readonly url: string;
  readonly port: number;
  /** Whether it is a server of its own, that may be stopped. */
  readonly own: boolean;
  /** How many connections of this deploy the server has now. */
  connections(): Promise<number>;
  /** Stops the server as an operator does, its data stays. Only of an own one. */
  down(): Promise<void>;
  /** Starts it again at the same address. */
  up(): Promise<void>;
  /**
   * Holds an exclusive lock on a table until it is released. Only of postgres and mysql.
   * `waiting` resolves when a statement of the app waits for it; false when none does in time.
   */
  lock(table: string): Promise<TableLock>;
  stop(): Promise<void>;
}

/** One that holds several deploys, each in a database of its own: of RabbitMQ that is a virtual host. */
export interface DatabaseServer {
  readonly port: number;
  readonly own: boolean;
  /** A new database with a login of its own. */
  database(variable: string): Promise<Service>;
  stop(): Promise<void>;
}

export interface TableLock {
  waiting(withinMs: number): Promise<boolean>;
  release(): Promise<void>;
}
