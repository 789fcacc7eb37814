/**
 * The twelve factors by the manifesto's own slugs, in its order. The number is where a room stands on disk;
 * reports and codes are keyed by slug, so a renumbered manifesto breaks nothing.
 */
export const factors = [
  'codebase',
  'dependencies',
  'config',
  'backing-services',
  'build-release-run',
  'processes',
  'port-binding',
  'concurrency',
  'disposability',
  'dev-prod-parity',
  'logs',
  'admin-processes',
] as const;

export type Factor = (typeof factors)[number];
