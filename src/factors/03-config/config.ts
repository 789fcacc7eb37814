import { userError } from '../../base/error.ts';
import type { Secret } from './secret.ts';

/** The variables of an app, by name. Every value is treated as a secret. */
export type Config = ReadonlyMap<string, Secret>;

/** Bytes of all names and values together. */
export const configLimitBytes = 64 * 1024;

const variableName = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;

/** Names that the platform gives itself, or that belong to the shell which starts a process. */
const reserved = new Set(['PORT', 'DYNO', 'OPTIND', 'PPID', 'IFS', 'LINENO', 'PWD', 'OLDPWD']);

/** Why a text cannot name a variable; null when it can. */
export function variableNameFault(text: string): 'malformed' | 'reserved' | null {
  if (!variableName.test(text) || text.startsWith('DOZEN_')) return 'malformed';
  return reserved.has(text) ? 'reserved' : null;
}

/** What a complaint says about a name with that fault. */
export const variableNameFaults = {
  malformed:
    'not a variable name: letters, digits and "_", not starting with a digit or "DOZEN_", at most 255 characters',
  reserved: 'reserved: the platform or its shell sets it',
} as const;

export function parseVariableName(text: string): string {
  switch (variableNameFault(text)) {
    case null:
      return text;
    case 'malformed':
      throw userError(
        'CONFIG_NAME_INVALID',
        `Cannot set ${JSON.stringify(text.slice(0, 80))}: not a variable name`,
        {
          hint: 'Use letters, digits and "_", not starting with a digit or "DOZEN_", at most 255 characters',
        },
      );
    case 'reserved':
      throw userError('CONFIG_NAME_RESERVED', `Cannot set ${text}: the platform or its shell sets it`, {
        hint: 'Choose another name',
      });
  }
}

/** An environment ends a value at its first NUL. */
export function parseVariableValue(name: string, value: string): string {
  if (!value.includes('\0')) return value;
  throw userError('CONFIG_VALUE_INVALID', `Cannot set ${name}: its value has a NUL character`, {
    hint: 'Encode it, for example as Base64, and let the app decode it',
  });
}

export function checkConfigSize(config: Config): void {
  let bytes = 0;
  for (const [name, value] of config) bytes += new TextEncoder().encode(name + value.reveal()).length;
  if (bytes <= configLimitBytes) return;
  throw userError(
    'CONFIG_TOO_LARGE',
    `Cannot keep the config: ${bytes} bytes are over the limit of ${configLimitBytes}`,
    {
      hint: 'Put large values in a backing service',
    },
  );
}
