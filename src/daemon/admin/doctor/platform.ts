/** What the platform over a home is like: its roles, its ledger, its services. */
import { existsSync, statSync } from 'node:fs';
import type { Finding } from '../../../api/admin.ts';
import { asDozenError } from '../../../base/error.ts';
import { servicesWithData } from '../../../platform/service-archive.ts';
import { hostOf } from '../../../platform/service-host.ts';
import type { Store } from '../../../store/store.ts';
import { readDecided } from '../../decided-file.ts';
import { homeArtifacts, homePlatform } from '../../home-platform.ts';
import { decidedFile, storeFile } from '../../paths.ts';
import { registeredRoles } from '../../role-register.ts';
import { systemClock } from '../../system.ts';
import { judgeClock, judgeRoles } from './judge.ts';

type Said = Omit<Finding, 'what'>;

const checkWithinMs = 10_000;

export function lookAtRoles(home: string): Said {
  return judgeRoles(registeredRoles(home).map(({ name }) => name));
}

export function lookAtClock(home: string): Said {
  const file = storeFile(home);
  const written = existsSync(file) ? statSync(file).mtimeMs : 0;
  return judgeClock(systemClock.now(), Math.max(written, readDecided(decidedFile(home))?.untilMs ?? 0));
}

export function lookAtChains(store: Store): Said {
  const apps = store.apps();
  const broken = apps.flatMap(({ id, name }) => {
    const found = store.verify(id);
    return found === null ? [] : [`${name} at v${found.version} (${found.why})`];
  });
  if (broken.length === 0)
    return { state: 'good', said: `the chains of all apps hold (${apps.length})`, next: null };
  return {
    state: 'bad',
    said: `broken: ${broken.join('; ')}`,
    next: 'Stop the platform, keep the home for whoever looks into it, and restore a backup',
  };
}

/** Each as its provider checks it, while the platform runs. */
export async function lookAtServices(home: string, store: Store): Promise<Said> {
  const platform = homePlatform({ store, home, artifacts: await homeArtifacts(home), routerPort: null });
  const services = servicesWithData(platform);
  const silent: string[] = [];
  for (const service of services) {
    const telling = { tell: () => undefined, signal: AbortSignal.timeout(checkWithinMs) };
    try {
      await platform.providers.get(service.kind)?.check(service, hostOf(platform, service, telling));
    } catch (error) {
      silent.push(`${service.name} (${asDozenError(error).message})`);
    }
  }
  if (silent.length === 0) return { state: 'good', said: `${services.length} answer`, next: null };
  return {
    state: 'bad',
    said: `not answering: ${silent.join('; ')}`,
    next: 'Look at its log; dozen server starts what is to run',
  };
}
