/** Which service or attachment a name in a call stands for. */
import { userError } from '../../base/error.ts';
import type { App } from '../../factors/01-codebase/app.ts';
import { variableOfAttachment } from '../../factors/04-backing-services/attachment-name.ts';
import type { Service } from '../../factors/04-backing-services/service.ts';
import type { Store } from '../../store/store.ts';
import { show, uuidOf } from './identify.ts';

/** By id or name. @throws SERVICE_UNKNOWN */
export function requireService(store: Store, idOrName: string): Service {
  const service = store.findService(idOrName);
  if (service !== null) return service;
  throw userError(
    'SERVICE_UNKNOWN',
    `Cannot find the service ${show(idOrName)}: there is none of this name`,
    {
      hint: 'dozen services lists those there are; dozen services create KIND makes one',
    },
  );
}

/** One variable of one app, and whose it is. */
export interface Attached {
  readonly id: string;
  readonly app: App;
  readonly service: Service;
  readonly variable: string;
}

/** Of one app or all, by app and variable. */
export function attachedTo(store: Store, apps: readonly App[] = store.apps()): readonly Attached[] {
  return apps.flatMap((app) =>
    store.attachments(app.id).flatMap(({ serviceId, variable }) => {
      const service = store.findService(serviceId);
      const id = uuidOf('attachment', app.id, serviceId, variable);
      return service === null ? [] : [{ id, app, service, variable }];
    }),
  );
}

/** By id, variable or the variable's beginning: `DATABASE_URL`, `DATABASE`, `database`. */
export function isNamed({ id, variable }: Attached, name: string): boolean {
  return (
    [variable, id].includes(name) ||
    variable === name.toUpperCase() ||
    variable === variableOfAttachment(name)
  );
}

/** @throws ATTACHMENT_UNKNOWN */
export function requireAttached(among: readonly Attached[], name: string): Attached {
  const found =
    among.find((one) => one.id === name || one.variable === name) ?? among.find((one) => isNamed(one, name));
  if (found !== undefined) return found;
  throw userError(
    'ATTACHMENT_UNKNOWN',
    `Cannot find the attachment ${show(name)}: there is none of this name`,
    {
      hint: 'dozen services lists what is attached to which app',
    },
  );
}

/** Of an app by a variable, or all of a service by its name. @throws ATTACHMENT_UNKNOWN */
export function requireAttachments(store: Store, app: App, name: string): readonly [Attached, ...Attached[]] {
  const among = attachedTo(store, [app]);
  const [first, ...others] = among.filter(({ service }) => service.name === name || service.id === name);
  return first === undefined ? [requireAttached(among, name)] : [first, ...others];
}
