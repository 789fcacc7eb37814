/**
 * Gives the attachments of a service in an app a credential each, in the place of the one they have. No release: what a release
 * names is the service. Processes are replaced in their types' order while both credentials work, then the old one goes.
 */
import type { App } from '../factors/01-codebase/app.ts';
import type { Secret } from '../factors/03-config/secret.ts';
import type { Service } from '../factors/04-backing-services/service.ts';
import { type Bound, boundTo, makeCredential, takeBack, useService } from './bind-service.ts';
import { currentRunning } from './current.ts';
import type { Platform } from './platform.ts';
import { rollout, type Telling } from './rollout.ts';

export interface RotateOrder {
  readonly app: App;
  readonly service: Service;
}

/** When the new processes do not come up, what ran before runs on with the credential it has. */
export function rotateCredential(
  platform: Platform,
  { app, service }: RotateOrder,
  telling: Telling,
): Promise<void> {
  const { store, turns } = platform;
  return turns.take(app, `rotate its credential of ${service.name}`, async () => {
    const old = boundTo(platform, app).filter(({ attachment }) => attachment.serviceId === service.id);
    const used = await useService(platform, service, telling);
    try {
      for (const { attachment, credential } of old) {
        const make = (): Promise<Secret> => used.provider.rotate(service, used.host, credential);
        const keep = (made: Secret): void => store.rotateCredential(app.id, attachment, made);
        await makeCredential(platform, used, { make, keep });
        const { variable } = attachment;
        telling.tell({ kind: 'credential', state: 'made', name: service.name, app: app.name, variable });
      }
      const running = currentRunning(platform, app);
      if (running !== null) await rollout(platform, running, telling);
    } catch (error) {
      putBack(platform, old);
      throw error;
    }
    for (const bound of old) await takeBack(platform, bound, telling);
  });
}

/** The one that was made meanwhile is not cut: a process that was started with it may run. */
function putBack({ store }: Platform, old: readonly Bound[]): void {
  for (const { app, attachment, credential } of old) store.rotateCredential(app.id, attachment, credential);
}
