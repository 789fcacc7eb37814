/** Who hears the changes that `control` carries out, beside those who follow them. */
import { asDozenError } from '../base/error.ts';
import type { Build } from '../factors/05-build-release-run/build.ts';
import { ownerOf } from '../platform/desired.ts';
import type { Platform } from '../platform/platform.ts';
import type { Hearing } from './changes.ts';
import type { Housekeeping } from './housekeeping.ts';
import { tell } from './leash.ts';

export function hearAll(...hearings: readonly Hearing[]): Hearing {
  return {
    hear(event) {
      for (const { hear } of hearings) hear(event);
    },
    async close() {
      await Promise.all(hearings.map(({ close }) => close()));
    },
  };
}

/** What a target of a promotion tells is heard as if it were a change of its own. */
export function hearTargets(listen: () => Hearing): Hearing {
  const own = listen();
  const targets = new Map<string, Hearing>();
  const hearingOf = (app: string): Hearing => {
    const hearing = targets.get(app) ?? listen();
    targets.set(app, hearing);
    return hearing;
  };
  return {
    hear(event) {
      if (event.kind === 'target') hearingOf(event.app).hear(event.event);
      else own.hear(event);
    },
    async close() {
      await Promise.all([own, ...targets.values()].map(({ close }) => close()));
    },
  };
}

/** Says in the app's log when a build begins and how it ends, in the words Heroku has published. */
export function sayBuilds({ store, engine }: Pick<Platform, 'store' | 'engine'>): Hearing {
  let building: Build | null = null;
  let said: Promise<void> = Promise.resolve();
  const say = ({ appId }: Build, text: string): void => {
    const app = store.findApp(appId);
    if (app === null) return;
    said = said.then(() => engine.say(ownerOf(app, 'app'), { process: 'api', text })).catch(tellUnsaid);
  };
  const end = (how: string): void => {
    if (building !== null) say(building, `Build ${how}`);
    building = null;
  };
  return {
    hear(event) {
      switch (event.kind) {
        case 'builder':
          building = store.findBuild(event.buildId);
          if (building !== null) say(building, `Build started by user ${building.actor}`);
          return;
        case 'built':
          return end('succeeded');
        case 'failed':
          return end('failed');
        default:
          return;
      }
    },
    close: () => said,
  };
}

/** What is done must not end because nothing can be said about it. */
export function tellUnsaid(error: unknown): void {
  tell('control', { event: 'unsaid', error: asDozenError(error) });
}

/** A deploy that serves has left an older one behind. */
export function tidyAfter({ soon }: Housekeeping): Hearing {
  let built = false;
  return {
    hear({ kind }) {
      if (kind === 'built') built = true;
      if (kind === 'serving' && built) soon();
    },
    close: async () => undefined,
  };
}
