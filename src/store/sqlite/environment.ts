import type { Digest } from '../../base/digest.ts';
import { canonicalJson } from '../../base/json.ts';
import type { Config } from '../../factors/03-config/config.ts';
import type { Attachment } from '../../factors/04-backing-services/service.ts';
import type { Store } from '../store.ts';
import { currentAttachments, readCredential } from './attachments.ts';
import { currentConfig } from './config.ts';
import { type DataKey, keyedHash, openSecret } from './data-keys.ts';
import { type Ledger, requireAppKey } from './ledger.ts';
import type { SealedVariable } from './release-chain.ts';
import { releaseBinding, requireRelease } from './releases.ts';

type Environments = Pick<
  Store,
  | 'environment'
  | 'variables'
  | 'releaseConfig'
  | 'fingerprint'
  | 'releaseFingerprint'
  | 'credentialsFingerprint'
  | 'configFingerprints'
>;

export function environmentsOf(ledger: Ledger): Environments {
  const { db } = ledger;
  return {
    environment: (appId, version) => db.read(() => environment(ledger, appId, version)),
    variables: (appId) => db.read(() => variables(ledger, appId)),
    releaseConfig: (appId, version) =>
      db.read(() => {
        const key = requireAppKey(ledger, appId, `read the config of release ${version}`);
        requireRelease(ledger, { appId, version }, 'read the config');
        return releaseConfig(ledger, key, version);
      }),
    fingerprint: (appId, slug) =>
      db.read(() => {
        const key = requireAppKey(ledger, appId, 'compare releases');
        const config = currentConfig(ledger, key);
        return fingerprint(key, { slug, config, attachments: currentAttachments(ledger, appId) });
      }),
    releaseFingerprint: (appId, version) =>
      db.read(() => {
        const key = requireAppKey(ledger, appId, 'compare releases');
        const { slug, attachments } = requireRelease(ledger, { appId, version }, 'compare releases');
        return fingerprint(key, { slug, config: releaseConfig(ledger, key, version), attachments });
      }),
    credentialsFingerprint: (appId, version) => db.read(() => credentialsFingerprint(ledger, appId, version)),
    configFingerprints: (appId, version) => db.read(() => configFingerprints(ledger, appId, version)),
  };
}

function environment(ledger: Ledger, appId: string, version: number): Config {
  const key = requireAppKey(ledger, appId, `read the config of release ${version}`);
  const { attachments } = requireRelease(ledger, { appId, version }, 'read the config');
  const variables = new Map(releaseConfig(ledger, key, version));
  for (const { serviceId, variable } of attachments) {
    const doing = `give release ${version} its ${variable}`;
    variables.set(variable, readCredential(ledger, { appId, serviceId, variable }, doing));
  }
  return variables;
}

function variables(ledger: Ledger, appId: string): Config {
  const found = new Map(currentConfig(ledger, requireAppKey(ledger, appId, 'read the config')));
  for (const { serviceId, variable } of currentAttachments(ledger, appId))
    found.set(variable, readCredential(ledger, { appId, serviceId, variable }, `read ${variable}`));
  return found;
}

/** What the release carries itself; sorted by name. */
export function releaseConfig(ledger: Ledger, key: DataKey, version: number): Config {
  const rows = ledger.db.all<SealedVariable>(
    `SELECT name, key_id AS keyId, sealed FROM release_config
     WHERE app_id = :appId AND version = :version ORDER BY name`,
    { appId: key.ownerId, version },
  );
  return new Map(rows.map((row) => [row.name, openSecret(key, row, releaseBinding(version, row.name))]));
}

/** The name is in its hash: two variables of one value have two. */
function configFingerprints(ledger: Ledger, appId: string, version: number): ReadonlyMap<string, string> {
  const key = requireAppKey(ledger, appId, 'compare releases');
  requireRelease(ledger, { appId, version }, 'compare releases');
  const config = [...releaseConfig(ledger, key, version)];
  return new Map(
    config.map(([name, value]) => [name, keyedHash(key, canonicalJson([name, value.reveal()]))]),
  );
}

function credentialsFingerprint(ledger: Ledger, appId: string, version: number): string | null {
  const key = requireAppKey(ledger, appId, 'compare credentials');
  const { attachments } = requireRelease(ledger, { appId, version }, 'compare credentials');
  if (attachments.length === 0) return null;
  const values = attachments.map(({ serviceId, variable }) => {
    const credential = readCredential(ledger, { appId, serviceId, variable }, `compare ${variable}`);
    return [variable, credential.reveal()];
  });
  return keyedHash(key, canonicalJson(values));
}

interface Carried {
  readonly slug: Digest | null;
  readonly config: Config;
  /** Sorted by variable. */
  readonly attachments: readonly Attachment[];
}

/** Credentials are not in it: a rotated one makes no other release. */
function fingerprint(key: DataKey, { slug, config, attachments }: Carried): string {
  const values = [...config].map(([name, value]) => [name, value.reveal()]);
  const services = attachments.map(({ variable, serviceId }) => [variable, serviceId]);
  return keyedHash(key, canonicalJson({ slug, config: values, attachments: services }));
}
