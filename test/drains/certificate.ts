/** Certificates that sign themselves, by openssl. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** @param name as in `subjectAltName`, e.g. `IP:127.0.0.1` */
export function makeCertificate(name: string): Certificate {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-certificate-'));
  try {
    const [cert, key] = [path.join(folder, 'cert'), path.join(folder, 'key')];
    const kind = [
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ];
    const whose = ['-subj', '/CN=dozen test', '-addext', `subjectAltName=${name}`];
    const run = spawnSync('openssl', ['req', ...kind, ...whose, '-keyout', key, '-out', cert], {
      encoding: 'utf8',
    });
    if (run.error) throw run.error;
    if (run.status !== 0) throw new Error(run.stderr);
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
