/** Binds a service to an app under a variable: one release. */
import type { App } from '../factors/01-codebase/app.ts';
import type { Secret } from '../factors/03-config/secret.ts';
import type { Service } from '../factors/04-backing-services/service.ts';
import type { Release } from '../factors/05-build-release-run/release.ts';
import { attachCredential, useService } from './bind-service.ts';
import type { Platform } from './platform.ts';
import { releaseAgain } from './release-again.ts';
import type { Telling } from './rollout.ts';

export interface AttachOrder {
  readonly app: App;
  readonly service: Service;
  readonly variable: string;
  readonly actor: string;
}

/** When its release fails the app is as it was. @throws VARIABLE_TAKEN */
export function attachService(
  platform: Platform,
  { app, service, variable, actor }: AttachOrder,
  telling: Telling,
): Promise<Release | null> {
  const { store, turns } = platform;
  return turns.take(app, `attach ${service.name}`, async () => {
    const attachment = { serviceId: service.id, variable };
    const used = await useService(platform, service, telling);
    const keep = (made: Secret): void => store.attach(app.id, attachment, made);
    const credential = await attachCredential(platform, used, { app, keep });
    try {
      const description = `Attach ${service.name} as ${variable}`;
      return await releaseAgain(platform, { app, actor, description }, telling);
    } catch (error) {
      store.detach(app.id, variable);
      await used.provider.detach(service, used.host, credential);
      throw error;
    }
  });
}
