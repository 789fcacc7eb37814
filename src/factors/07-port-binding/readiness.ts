import { type Shape, text } from '../../base/shape.ts';

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

/** What an app declares about a process type's readiness; null where it is silent. */
export interface DeclaredReadiness {
  readonly healthPath: string | null;
  readonly timeoutMs: number | null;
}

/** `web` listens, and so does a type with a health path; any other stays. */
export function readinessOf(processType: string, declared: DeclaredReadiness): Readiness {
  if (!listens(processType, declared.healthPath)) return defaultReadiness.other;
  const { timeoutMs } = defaultReadiness.web;
  return { kind: 'listens', healthPath: declared.healthPath, timeoutMs: declared.timeoutMs ?? timeoutMs };
}

/** Of a type that is exported: it has a port, so it is to listen there. */
export function listening(readiness: Readiness): Readiness {
  return readiness.kind === 'listens' ? readiness : defaultReadiness.web;
}

export function listens(processType: string, path: string | null): boolean {
  return processType === 'web' || path !== null;
}

/** What may stand in the first line of an HTTP request, as it is. */
export const healthPath: Shape<string> = text(
  'a path such as "/health": "/", then at most 1023 visible ASCII characters other than "#"',
  (path) => /^\/[!"$-~]{0,1023}$/.test(path),
);
