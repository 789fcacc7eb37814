/** Dozen's own admin tasks, run on the platform's machine over its home, in the process of the command. */
export interface AdminTasks {
  /** @throws HOME_LOCKED, HOME_IN_USE, and what a store of another layout throws */
  migrate(): Promise<Migrated>;
  /** @throws HOME_LOCKED, HOME_IN_USE, KEY_FROM_ENVIRONMENT */
  rotateKey(): Promise<RotatedKey>;
  /** While the platform runs. @throws BACKUP_EXISTS, BACKUP_UNWRITABLE, and what a service's own backup throws */
  backUp(wish: BackupWish): Promise<BackedUp>;
  /** Into a home that is not there yet. @throws HOME_NOT_EMPTY, BACKUP_MISSING, BACKUP_DAMAGED */
  restore(file: string): Promise<Restored>;
  /** What is well and what is wrong with this machine and the platform over its home. Changes nothing. */
  examine(): Promise<readonly Finding[]>;
}

export interface Finding {
  /** E.g. `isolation`. */
  readonly what: string;
  /** `note`: nothing is wrong, and something is not to be had. `bad`: it needs mending. */
  readonly state: 'good' | 'note' | 'bad';
  /** In words, e.g. `12.4 GB free`. */
  readonly said: string;
  /** What to type; null where there is nothing to do. */
  readonly next: string | null;
}

export interface BackupWish {
  /** An absolute path. */
  readonly file: string;
  /** Whether the master key is to be in it. */
  readonly withKey: boolean;
}

export interface BackedUp {
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  readonly key: boolean;
  /** How many have their data in it. */
  readonly services: number;
}

export interface Restored {
  readonly home: string;
  /** Of the Dozen that made the backup. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly key: boolean;
  readonly services: number;
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
