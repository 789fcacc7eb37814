/** Puts one service in the place of another: its variables are the other's from now on, in one release. */
import { userError } from '../base/error.ts';
import type { App } from '../factors/01-codebase/app.ts';
import type { Service } from '../factors/04-backing-services/service.ts';
import type { Release } from '../factors/05-build-release-run/release.ts';
import { attachCredential, type Bound, boundTo, takeBack, type Used, useService } from './bind-service.ts';
import type { Platform } from './platform.ts';
import { releaseAgain } from './release-again.ts';
import type { Telling } from './rollout.ts';

export interface SwapOrder {
  readonly app: App;
  readonly from: Service;
  readonly to: Service;
  readonly actor: string;
}

/** When its release fails the app is as it was. @throws ATTACHMENT_UNKNOWN when `from` is not attached to the app */
export function swapService(
  platform: Platform,
  { app, from, to, actor }: SwapOrder,
  telling: Telling,
): Promise<Release | null> {
  const { turns } = platform;
  return turns.take(app, `swap ${from.name} for ${to.name}`, async () => {
    const old = boundTo(platform, app).filter(({ attachment }) => attachment.serviceId === from.id);
    if (old.length === 0) throw notAttached(app, from);
    warnOfKind({ from, to }, telling);
    const used = await useService(platform, to, telling);
    const fresh = await replace(platform, { old, used });
    const names = old.map(({ attachment }) => attachment.variable).join(', ');
    const description = `Swap ${from.name} for ${to.name} as ${names}`;
    try {
      const release = await releaseAgain(platform, { app, actor, description }, telling);
      for (const bound of old) await takeBack(platform, bound, telling);
      return release;
    } catch (error) {
      if (isCurrent(platform, app, fresh)) throw error;
      for (const { attachment, credential } of old) platform.store.reattach(app.id, attachment, credential);
      for (const bound of fresh) await takeBack(platform, bound, telling);
      throw error;
    }
  });
}

async function replace(
  platform: Platform,
  { old, used }: { readonly old: readonly Bound[]; readonly used: Used },
): Promise<readonly Bound[]> {
  const fresh: Bound[] = [];
  for (const { app, attachment } of old) {
    const replacing = { serviceId: used.service.id, variable: attachment.variable };
    const keep = (made: Bound['credential']): void => platform.store.reattach(app.id, replacing, made);
    const credential = await attachCredential(platform, used, { app, keep });
    fresh.push({ app, attachment: replacing, credential });
  }
  return fresh;
}

/** Whether the release with them runs, and what failed came after it. */
function isCurrent({ store }: Platform, app: App, fresh: readonly Bound[]): boolean {
  const carried = store.currentRelease(app.id)?.attachments ?? [];
  return fresh.every(({ attachment: { serviceId, variable } }) =>
    carried.some((one) => one.serviceId === serviceId && one.variable === variable),
  );
}

/** The app must speak to what it is given: whether it can, only it knows. */
function warnOfKind({ from, to }: Pick<SwapOrder, 'from' | 'to'>, { tell }: Telling): void {
  if (from.kind === to.kind && from.version === to.version) return;
  const message = `${from.name} is ${describe(from)}, ${to.name} is ${describe(to)}: the app must be able to use it`;
  tell({ kind: 'warning', code: 'SERVICE_KIND_OTHER', message });
}

function describe({ kind, version }: Service): string {
  return version === null ? kind : `${kind} ${version}`;
}

function notAttached(app: App, { name }: Service): Error {
  return userError('ATTACHMENT_UNKNOWN', `Cannot swap ${name}: it is not attached to ${app.name}`, {
    hint: `dozen services -a ${app.name} lists those that are`,
  });
}
