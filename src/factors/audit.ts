import type { Json } from '../base/json.ts';

/** Who did what. Never changed and never taken back. */
export interface AuditEntry {
  /** 1, 2, 3 … of the whole platform. */
  readonly sequence: number;
  readonly at: number;
  /** Null where no account was asked for, as at the machine's own console. */
  readonly accountId: string | null;
  /** As it was named at the time. */
  readonly actor: string;
  /** E.g. `app.rename`. */
  readonly verb: string;
  readonly appId: string | null;
  /** Names and numbers; never the value of a variable, nor the arguments of a command. */
  readonly detail: Json;
}
