/** Where the local engine keeps a service's volume, and whose it is. */
import { makeVolume } from '../engines/local/walls.ts';
import type { VolumePlace } from '../services/provider.ts';
import { homeFolder } from '../store/home.ts';
import type { Store } from '../store/store.ts';
import { personOf } from './runner.ts';

export function volumePlace(
  { store, home }: { readonly store: Store; readonly home: string },
  { serviceId, volume }: { readonly serviceId: string; readonly volume: string },
): VolumePlace {
  const person = personOf(store, serviceId);
  const folder = makeVolume(homeFolder(home, 'engine'), { ownerId: serviceId, volume, person });
  return { folder, owner: person.kind === 'host' ? { uid: person.uid, gid: person.gid } : null };
}
