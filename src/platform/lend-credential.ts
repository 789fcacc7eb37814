/** A credential of a service for as long as somebody holds the stream: a person who looks into it has none of an app's. */
import type { Secret } from '../factors/03-config/secret.ts';
import type { Service } from '../factors/04-backing-services/service.ts';
import { useService } from './bind-service.ts';
import type { Platform } from './platform.ts';
import type { Telling } from './rollout.ts';

/** Gives the credential once; when its reader is gone, it works no longer. @param label for people */
export async function* lendCredential(
  platform: Platform,
  { service, label }: { readonly service: Service; readonly label: string },
  telling: Telling,
): AsyncGenerator<Secret> {
  const { provider, host } = await useService(platform, service, telling);
  const credential = await provider.attach(service, host, label);
  try {
    yield credential;
    await new Promise<void>((resolve) => {
      if (telling.signal.aborted) resolve();
      else telling.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    const after = { ...telling, signal: new AbortController().signal };
    const used = await useService(platform, service, after);
    await used.provider.detach(service, used.host, credential);
  }
}
