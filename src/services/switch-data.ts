/** The step of a restore from the old data to the new, and back where the new data does not serve. */
import type { Secret } from '../factors/03-config/secret.ts';
import type { Service } from '../factors/04-backing-services/service.ts';
import type { ServiceHost, ServiceProvider } from './provider.ts';

export interface Target<S> {
  readonly service: Service;
  readonly host: ServiceHost;
  readonly provider: Pick<ServiceProvider, 'processes' | 'check'>;
  readonly read: (host: ServiceHost) => S;
  readonly seal: (state: S) => Secret;
}

/** Stops the service, makes its state what `to` makes of it and starts it. When it does not answer then, `back` is made of it. */
export async function switchData<S>(
  target: Target<S>,
  { to, back }: { readonly to: (state: S) => S; readonly back: (state: S) => S },
): Promise<void> {
  const { host, read, seal } = target;
  await host.stop();
  await host.save(seal(to(read(host))));
  try {
    await start(target);
  } catch (error) {
    await host.stop();
    await host.save(seal(back(read(host))));
    await start(target);
    throw error;
  }
}

async function start<S>({ service, host, provider, read, seal }: Target<S>): Promise<void> {
  await host.start(provider.processes(service, seal(read(host))));
  await provider.check(service, host);
}
