/** A coded error as HTTP says it: its status, and Heroku's own word for that kind of error. */
import type { DozenError } from '../../base/error.ts';

export interface Said {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const ids: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'request_entity_too_large',
  421: 'misdirected_request',
  422: 'invalid_params',
  500: 'internal_server_error',
  503: 'service_unavailable',
  507: 'insufficient_storage',
};

const statuses: Readonly<Record<string, number>> = {
  TOKEN_REFUSED: 401,
  SCOPE_MISSING: 403,
  LINK_EXPIRED: 403,
  ORIGIN_REFUSED: 403,
  OPERATOR_ONLY: 403,
  HOST_REFUSED: 421,
  APP_BUSY: 409,
  BUILD_UNDER_WAY: 409,
  CALL_MALFORMED: 400,
  REQUEST_INVALID: 400,
  CALL_TOO_LARGE: 413,
  SOURCE_TAKEN: 409,
  SOURCES_FULL: 507,
  DISK_FULL: 507,
  STORE_FULL: 507,
  PEER_AWAY: 503,
};

/** What the official CLI falls back on when a name is none of this kind. */
const resources: Readonly<Record<string, string>> = {
  SERVICE_UNKNOWN: 'add_on',
  ATTACHMENT_UNKNOWN: 'add_on attachment',
};

export function saidOf(error: DozenError): Said {
  const status = statusOf(error);
  const resource = resources[error.code];
  return {
    status,
    body: {
      id: ids[status] ?? 'internal_server_error',
      ...error.toJSON(),
      ...(resource === undefined ? {} : { resource }),
    },
  };
}

function statusOf({ code, fault }: DozenError): number {
  const known = statuses[code];
  if (known !== undefined) return known;
  if (/_(UNKNOWN|GONE)$/.test(code)) return 404;
  return fault === 'user' ? 422 : 500;
}
