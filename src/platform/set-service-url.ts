/** Another URL for somebody else's service: for every app that it is attached to. No release; processes are replaced. */
import { userError } from '../base/error.ts';
import type { Secret } from '../factors/03-config/secret.ts';
import type { Service } from '../factors/04-backing-services/service.ts';
import { currentRunning } from './current.ts';
import type { Platform } from './platform.ts';
import { providerOf } from './provide-services.ts';
import { rollout, type Telling } from './rollout.ts';
import { hostOf } from './service-host.ts';

/** @throws SERVICE_URL_INVALID, and SERVICE_MANAGED for one that Dozen runs */
export async function setServiceUrl(
  platform: Platform,
  { service, url }: { readonly service: Service; readonly url: Secret },
  telling: Telling,
): Promise<void> {
  const { store, turns } = platform;
  if (service.kind !== 'url') throw managed(service);
  await providerOf(platform, service).check(service, { ...hostOf(platform, service, telling), state: url });
  store.saveServiceState(service.id, url);
  for (const app of store.apps()) {
    const attached = (): ReturnType<typeof store.attachments> =>
      store.attachments(app.id).filter(({ serviceId }) => serviceId === service.id);
    if (attached().length === 0) continue;
    await turns.take(app, `change the URL of ${service.name}`, async () => {
      for (const attachment of attached()) {
        store.rotateCredential(app.id, attachment, url);
        const { variable } = attachment;
        telling.tell({ kind: 'credential', state: 'made', name: service.name, app: app.name, variable });
      }
      const running = currentRunning(platform, app);
      if (running !== null) await rollout(platform, running, telling);
    });
  }
}

function managed({ name, kind }: Service): Error {
  return userError('SERVICE_MANAGED', `Cannot set the URL of ${name}: it is a ${kind} that Dozen runs`, {
    hint: `dozen services rotate ${name} gives it another credential`,
  });
}
