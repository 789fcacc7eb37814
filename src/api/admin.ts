/** Dozen's own admin tasks, run on the platform's machine over its home, in the process of the command. */
export interface AdminTasks {
  /** @throws HOME_LOCKED, HOME_IN_USE, and what a store of another layout throws */
  migrate(): Promise<Migrated>;
  /** @throws HOME_LOCKED, HOME_IN_USE, KEY_FROM_ENVIRONMENT */
  rotateKey(): Promise<RotatedKey>;
}

export interface Migrated {
  readonly home: string;
  /** Layouts of the store; 0: there was none. */
  readonly from: number;
  readonly to: number;
}

export interface RotatedKey {
  readonly file: string;
  /** Says which key it is without giving it away. */
  readonly id: string;
}
