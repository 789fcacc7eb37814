import { userError } from '../../base/error.ts';

/** One deploy of a codebase: production, staging, a review app, a laptop. */
export interface App {
  /** A UUID: permanent, survives a rename. */
  readonly id: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** 1 to 30 of a-z, 0-9 and `-`, starting with a letter and not ending with `-`: what fits one DNS label. */
const appName = /^[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?$/;

export function parseAppName(text: string): string {
  if (appName.test(text)) return text;
  throw userError(
    'APP_NAME_INVALID',
    `Cannot name an app ${JSON.stringify(text.slice(0, 80))}: not a host label`,
    {
      hint: 'Use 1 to 30 of a-z, 0-9 and "-", starting with a letter and not ending with "-"',
    },
  );
}

/** The nearest valid app name to a folder's or repository's name. */
export function appNameFrom(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 30)
    .replace(/-+$/, '');
  return name === '' ? 'app' : name;
}
