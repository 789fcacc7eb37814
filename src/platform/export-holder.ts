import type { App } from '../factors/01-codebase/app.ts';

/** Who holds the port of an export, as leases know it. */
export function exportHolder({
  app,
  processType,
}: {
  readonly app: App;
  readonly processType: string;
}): string {
  return `export:${app.id}:${processType}`;
}
