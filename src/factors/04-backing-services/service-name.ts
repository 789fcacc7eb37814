import { userError } from '../../base/error.ts';

/** 2 to 63 of a-z, 0-9 and `-`, starting with a letter and not ending with `-`. */
const serviceName = /^[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

export function parseServiceName(text: string): string {
  if (serviceName.test(text)) return text;
  throw userError(
    'SERVICE_NAME_INVALID',
    `Cannot name a service ${JSON.stringify(text.slice(0, 80))}: not a name for one`,
    { hint: 'Use 2 to 63 of a-z, 0-9 and "-", starting with a letter and not ending with "-"' },
  );
}

/** The first of `base`, `base-2`, `base-3` … that is not taken. */
export function freeServiceName(base: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}
