/**
 * What an operator's environment tells builds about reaching package registries.
 *
 * From the platform's own variables a build gets these and no other:
 *
 * - `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`, in either case
 * - `NODE_EXTRA_CA_CERTS` and `SSL_CERT_FILE`: the file is shown to the build at the same path
 * - `npm_config_registry`, `npm_config_cafile`, `npm_config_strict_ssl`, `npm_config_proxy`, `npm_config_https_proxy`,
 *   `npm_config_noproxy`, `npm_config_fetch_retries`, `npm_config_fetch_timeout`, `npm_config_maxsockets`, in either case
 * - `DOZEN_BUILD_NPMRC`: a file of lines such as `@team:registry=…` and `//host/:_authToken=…`. Only steps that install see
 *   it, but so do the install scripts of every package: give a token that can read and nothing else
 * - `DOZEN_BUILD_MEMORY_MB` (default 2048), `DOZEN_BUILD_DISK_MB` (default 8192) and `DOZEN_BUILD_TIMEOUT_S` (of one step,
 *   default 1800)
 *
 * `DOZEN_SOURCE_LIMIT_MB` and `DOZEN_SOURCE_LIMIT_FILES` say how large a tree may be that is taken for a build.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { userError } from '../base/error.ts';
import type { BuildSettings } from './builder.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const plain = new Set(['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']);
const certificates = new Set(['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE']);
const npmNames = new Set([
  'registry',
  'cafile',
  'strict_ssl',
  'proxy',
  'https_proxy',
  'noproxy',
  'fetch_retries',
  'fetch_timeout',
  'maxsockets',
]);

/** @throws BUILD_SETTING_INVALID */
export function readBuildSettings(environment: Environment): BuildSettings {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && value !== '' && isPassedOn(name)) env[passedName(name)] = value;
  }
  const files = [env.NODE_EXTRA_CA_CERTS, env.SSL_CERT_FILE, env.npm_config_cafile];
  const shown = [...new Set(files.filter((file) => file !== undefined))];
  for (const file of shown) readSetting(file);
  const npmrc = environment.DOZEN_BUILD_NPMRC;
  return {
    env: { ...env, ...forYarn(env) },
    shown,
    npmrc: npmrc === undefined || npmrc === '' ? null : readSetting(npmrc),
    memoryLimit: readNumber(environment, { name: 'DOZEN_BUILD_MEMORY_MB', fallback: 2048 }) * 1024 * 1024,
    diskLimit: readNumber(environment, { name: 'DOZEN_BUILD_DISK_MB', fallback: 8192 }) * 1024 * 1024,
    timeoutMs: readNumber(environment, { name: 'DOZEN_BUILD_TIMEOUT_S', fallback: 1800 }) * 1000,
  };
}

/** How large a source may be: bytes, and number of files. @throws BUILD_SETTING_INVALID */
export function readSourceLimits(
  environment: Environment,
  defaults: { readonly bytes: number; readonly files: number },
): { readonly bytes: number; readonly files: number } {
  const megabyte = 1024 * 1024;
  const megabytes = { name: 'DOZEN_SOURCE_LIMIT_MB', fallback: defaults.bytes / megabyte };
  return {
    bytes: readNumber(environment, megabytes) * megabyte,
    files: readNumber(environment, { name: 'DOZEN_SOURCE_LIMIT_FILES', fallback: defaults.files }),
  };
}

function isPassedOn(name: string): boolean {
  return plain.has(name) || certificates.has(name) || npmNames.has(npmName(name) ?? '');
}

/** npm takes its variables in either case; the other package managers only in this one. */
function passedName(name: string): string {
  const npm = npmName(name);
  return npm === null ? name : `npm_config_${npm}`;
}

function npmName(name: string): string | null {
  return /^npm_config_([a-z_]+)$/i.exec(name)?.[1]?.toLowerCase() ?? null;
}

/** Yarn from version 2 on has names of its own for the same. */
function forYarn(env: Readonly<Record<string, string>>): Record<string, string> {
  const names: readonly (readonly [string, string | undefined])[] = [
    ['YARN_NPM_REGISTRY_SERVER', env.npm_config_registry],
    ['YARN_HTTP_PROXY', env.npm_config_proxy ?? env.HTTP_PROXY ?? env.http_proxy],
    ['YARN_HTTPS_PROXY', env.npm_config_https_proxy ?? env.HTTPS_PROXY ?? env.https_proxy],
    ['YARN_HTTPS_CA_FILE_PATH', env.npm_config_cafile ?? env.NODE_EXTRA_CA_CERTS],
  ];
  return Object.fromEntries(names.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

function readSetting(file: string): string {
  try {
    if (path.isAbsolute(file)) return readFileSync(file, 'utf8');
  } catch (cause) {
    throw invalid(`${JSON.stringify(file)} cannot be read`, cause);
  }
  throw invalid(`${JSON.stringify(file)} is not an absolute path`);
}

function readNumber(
  environment: Environment,
  { name, fallback }: { readonly name: string; readonly fallback: number },
): number {
  const text = environment[name];
  if (text === undefined || text === '') return fallback;
  if (/^[1-9][0-9]{0,6}$/.test(text)) return Number(text);
  throw invalid(`${name} is ${JSON.stringify(text)}, not a number from 1 to 9999999`);
}

function invalid(why: string, cause?: unknown): Error {
  return userError('BUILD_SETTING_INVALID', `Cannot read the settings for builds: ${why}`, {
    hint: 'Correct the variable, or unset it',
    cause,
  });
}
