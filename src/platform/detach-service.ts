/** Takes services away from an app: one release, and then their credentials work no longer. The services stay. */
import type { App } from '../factors/01-codebase/app.ts';
import type { Release } from '../factors/05-build-release-run/release.ts';
import { type Bound, boundTo, takeBack } from './bind-service.ts';
import type { Platform } from './platform.ts';
import { releaseAgain } from './release-again.ts';
import type { Telling } from './rollout.ts';

export interface DetachOrder {
  readonly app: App;
  /** Each is attached. */
  readonly variables: readonly string[];
  readonly actor: string;
}

/** When its release fails the app is as it was. */
export function detachService(
  platform: Platform,
  { app, variables, actor }: DetachOrder,
  telling: Telling,
): Promise<Release | null> {
  const { store, turns } = platform;
  return turns.take(app, `detach ${variables.join(', ')}`, async () => {
    const leaving = boundTo(platform, app).filter(({ attachment }) =>
      variables.includes(attachment.variable),
    );
    for (const { attachment } of leaving) store.detach(app.id, attachment.variable);
    const release = await releaseWithout(platform, { app, leaving, actor }, telling);
    for (const bound of leaving) await takeBack(platform, bound, telling);
    return release;
  });
}

async function releaseWithout(
  platform: Platform,
  { app, leaving, actor }: { readonly app: App; readonly leaving: readonly Bound[]; readonly actor: string },
  telling: Telling,
): Promise<Release | null> {
  const names = leaving.map(({ attachment }) => attachment.variable);
  try {
    return await releaseAgain(platform, { app, actor, description: `Detach ${names.join(', ')}` }, telling);
  } catch (error) {
    for (const { attachment, credential } of leaving) platform.store.attach(app.id, attachment, credential);
    throw error;
  }
}
