/**
 * What the API shows to those who come over TLS: a certificate of this home's own, for the names of loopback. It is made once and
 * vouches for itself alone, so whoever trusts it trusts nothing else by it: decision 012.
 */
import { type KeyObject, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { replaceFile } from '../store/durable-file.ts';
import { homeFolder } from '../store/home.ts';

export interface ApiCertificate {
  /** PEM: the private key, then the certificate. */
  readonly pem: string;
  /** The certificate alone: what a client is told to trust. */
  readonly file: string;
}

const day = 24 * 60 * 60 * 1000;
const lifeMs = 3650 * day;
/** A platform may run for long without being started again. */
const renewedBeforeMs = 365 * day;

/** Both files are for their owner alone. */
export const certificateFile = (home: string): string => path.join(homeFolder(home, 'keys'), 'api.crt');
const pairFile = (home: string): string => path.join(homeFolder(home, 'keys'), 'api.pem');

/** The one there is, or, where there is none or it ends within a year, a new one. */
export async function apiCertificate(home: string, now: number): Promise<ApiCertificate> {
  const file = certificateFile(home);
  const pem = keptPair(home, now) ?? (await makePair(home, now));
  const certificate = new X509Certificate(pem).toString();
  if (!existsSync(file) || readFileSync(file, 'utf8') !== certificate) replaceFile(file, certificate);
  return { pem, file };
}

function keptPair(home: string, now: number): string | null {
  const file = pairFile(home);
  if (!existsSync(file)) return null;
  const pem = readFileSync(file, 'utf8');
  return new X509Certificate(pem).validToDate.getTime() - now < renewedBeforeMs ? null : pem;
}

async function makePair(home: string, now: number): Promise<string> {
  // Loaded where it is needed, once in ten years.
  const { selfSigned } = await import('./self-signed.ts');
  const { key, certificate } = selfSigned({
    name: 'Dozen API',
    hosts: ['localhost'],
    addresses: ['127.0.0.1', '::1'],
    from: new Date(now - day),
    to: new Date(now + lifeMs),
  });
  const pem = pemOf(key) + certificate;
  replaceFile(pairFile(home), pem);
  return pem;
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
