/** When a process counts as ready for its work. */
export type Readiness =
  /** It listens on its `PORT`, and answers `GET path` with a status under 400 when a path is given. */
  | { readonly kind: 'listens'; readonly healthPath: string | null; readonly timeoutMs: number }
  /** It has no port: it is still there after `afterMs`. */
  | { readonly kind: 'stays'; readonly afterMs: number };

export const defaultReadiness = {
  web: { kind: 'listens', healthPath: null, timeoutMs: 60_000 },
  other: { kind: 'stays', afterMs: 500 },
} as const satisfies Record<string, Readiness>;
