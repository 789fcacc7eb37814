/**
 * Exactly what the environment of an app's process holds, later ones over earlier ones:
 *
 * 1. what the builder gives: `PATH` and, for Node, `NODE_ENV` and `npm_config_update_notifier`
 * 2. `HOME=/app`, `LANG=C.UTF-8`
 * 3. the release's config and its attachments' credentials
 * 4. `PORT` where the process has one, and `DYNO`, its name (`web.1`): given by the engine
 */
import { platformError, userError } from '../base/error.ts';
import type { EnvironmentRef } from '../engines/engine.ts';
import type { Store } from '../store/store.ts';

export function environmentOf(
  store: Store,
  { ownerId, revision }: EnvironmentRef,
): Readonly<Record<string, string>> {
  const digest = store.findRelease(ownerId, revision)?.slug;
  if (digest === null) {
    throw userError('RELEASE_NOT_BUILT', `Cannot start a process: release ${revision} has no build`, {
      hint: 'Deploy the app',
    });
  }
  const slug = digest === undefined ? null : store.slug(digest);
  if (slug === null) {
    throw platformError('RELEASE_GONE', `Cannot start a process: release ${revision} is not in the store`, {
      hint: 'Deploy again',
    });
  }
  const config = [...store.environment(ownerId, revision)].map(([name, value]) => [name, value.reveal()]);
  return { ...slug.environment, HOME: '/app', LANG: 'C.UTF-8', ...Object.fromEntries(config) };
}
