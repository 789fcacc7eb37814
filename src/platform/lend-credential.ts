/** A credential of a service for as long as somebody holds the stream: a person who looks into it has none of an app's. */
import type { Secret } from '../factors/03-config/secret.ts';
import type { Service } from '../factors/04-backing-services/service.ts';
import { makeCredential, useService } from './bind-service.ts';
import type { Platform } from './platform.ts';
import type { Telling } from './rollout.ts';

/** Gives the credential once; when its reader is gone, it works no longer. @param label for people */
export async function* lendCredential(
  platform: Platform,
  { service, label }: { readonly service: Service; readonly label: string },
  telling: Telling,
): AsyncGenerator<Secret> {
  const used = await useService(platform, service, telling);
  const make = (): Promise<Secret> => used.provider.attach(service, used.host, label);
  const credential = await makeCredential(platform, used, { make, keep: (made) => platform.lent.add(made) });
  try {
    yield credential;
    await new Promise<void>((resolve) => {
      if (telling.signal.aborted) resolve();
      else telling.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    const after = { ...telling, signal: new AbortController().signal };
    const { provider, host } = await useService(platform, service, after);
    await provider.detach(service, host, credential);
    platform.lent.delete(credential);
  }
}
