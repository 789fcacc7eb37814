/** A backing service: reached over the network, located by config. */
export interface Service {
  /** A UUID. */
  readonly id: string;
  readonly name: string;
  /** What it is, e.g. `postgres`; `url` for one that somebody else runs. */
  readonly kind: string;
  /** Major version, e.g. `18`; null where Dozen cannot know it. */
  readonly version: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** A service bound to an app under a variable name. Its value is resolved when a process starts. */
export interface Attachment {
  readonly serviceId: string;
  /** E.g. `DATABASE_URL`. */
  readonly variable: string;
}

/** What an app says it needs, before it is bound. */
export interface ServiceNeed {
  readonly kind: string;
  readonly version: string | null;
  readonly variable: string;
}
