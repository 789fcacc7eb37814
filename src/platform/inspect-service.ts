/** Whether a service answers now. */
import { asDozenError, type ErrorShape, platformError } from '../base/error.ts';
import type { Service } from '../factors/04-backing-services/service.ts';
import type { Platform } from './platform.ts';
import { providerOf } from './provide-services.ts';
import { hostOf } from './service-host.ts';

export interface Inspection {
  /** `foreign`: somebody else's, which nobody but the apps speaks to. */
  readonly state: 'up' | 'down' | 'foreign';
  /** Why it is down; null otherwise. */
  readonly why: ErrorShape | null;
}

/** One that recovers may take minutes: it is down meanwhile. */
const patienceMs = 3_000;

export async function inspectService(platform: Platform, service: Service): Promise<Inspection> {
  const waiting = new AbortController();
  try {
    const provider = providerOf(platform, service);
    if (provider.versions.length === 0) return { state: 'foreign', why: null };
    const host = hostOf(platform, service, { tell: () => undefined, signal: waiting.signal });
    await Promise.race([provider.check(service, host), silence(platform, service, waiting.signal)]);
    return { state: 'up', why: null };
  } catch (error) {
    return { state: 'down', why: asDozenError(error).toJSON() };
  } finally {
    waiting.abort();
  }
}

async function silence({ clock }: Platform, { name }: Service, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(patienceMs, signal);
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  throw platformError(
    'SERVICE_UNREACHABLE',
    `Cannot reach ${name}: it has not answered for ${patienceMs / 1000} s`,
    {
      hint: 'Look at its last lines in the log; it is started again by itself',
    },
  );
}
