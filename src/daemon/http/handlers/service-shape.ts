import type { ReplyOf } from '../../../api/routes/route.ts';
import type { serviceRoutes } from '../../../api/routes/services.ts';
import type { Service } from '../../../factors/04-backing-services/service.ts';
import { inspectService } from '../../../platform/inspect-service.ts';
import type { Caller } from '../admission.ts';
import type { ApiContext } from '../context.ts';
import { timeOf } from '../identify.ts';
import { attachedTo } from '../identify-service.ts';

type Said = ReplyOf<(typeof serviceRoutes)['GET /dozen/v1/services/:service']>;

/** How far back in the audit the last backup of a service is looked for. */
const auditEntries = 1_000;

export async function serviceShape({ platform }: ApiContext, service: Service): Promise<Said> {
  const { store } = platform;
  const { state, why } = await inspectService(platform, service);
  return {
    id: service.id,
    name: service.name,
    kind: service.kind,
    version: service.version,
    created_at: timeOf(service.createdAt),
    state,
    why: why === null ? null : `${why.message} (${why.code})`,
    attachments: attachedTo(store)
      .filter((one) => one.service.id === service.id)
      .map(({ app, variable }) => ({ app: app.name, variable })),
    size: state === 'foreign' ? null : await platform.sizeOf(service.id),
    last_backup: lastBackup({ platform }, service),
  };
}

function lastBackup(
  { platform: { store } }: Pick<ApiContext, 'platform'>,
  { id }: Service,
): Said['last_backup'] {
  for (const { verb, detail, at } of store.audit({ limit: auditEntries })) {
    const { service, size } = detail as { readonly service?: unknown; readonly size?: unknown };
    if (verb === 'service.backup' && service === id) return { at: timeOf(at), size: Number(size) };
  }
  return null;
}

export interface Noted {
  readonly caller: Caller;
  readonly verb: string;
  readonly service: Service;
  readonly appId?: string;
  readonly more?: Readonly<Record<string, string | number>>;
}

export function note(
  { platform: { store } }: ApiContext,
  { caller, verb, service, appId, more = {} }: Noted,
): void {
  const { account } = caller;
  const detail = { service: service.id, name: service.name, ...more };
  store.addAudit({ accountId: account.id, actor: account.email, verb, appId: appId ?? null, detail });
}
