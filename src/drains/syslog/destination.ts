import { isIPv6 } from 'node:net';
import { userError } from '../../base/error.ts';

/** Where a syslog drain delivers to. */
export interface SyslogDestination {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/**
 * Reads `syslog://host:port` or `syslog+tls://host:port`. The complaint does not show the URL: a wrong one may hold a
 * password.
 *
 * @throws DRAIN_URL_INVALID
 */
export function parseSyslogUrl(text: string): SyslogDestination {
  const url = URL.parse(text);
  const fault = url === null ? 'it is no URL with a host' : faultOf(url);
  if (url === null || fault !== null) {
    throw userError('DRAIN_URL_INVALID', `Cannot use a syslog drain by its URL: ${fault}`, {
      hint: 'Write it as syslog://logs.example.org:514, or syslog+tls://logs.example.org:6514',
    });
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(url.port), tls: url.protocol === 'syslog+tls:' };
}

function faultOf({
  protocol,
  username,
  password,
  hostname,
  port,
  pathname,
  search,
  hash,
}: URL): string | null {
  if (protocol !== 'syslog:' && protocol !== 'syslog+tls:')
    return 'it does not begin with syslog:// or syslog+tls://';
  if (username !== '' || password !== '') return 'syslog knows no user or password';
  const isAddress = hostname.startsWith('[') && isIPv6(hostname.slice(1, -1));
  if (!isAddress && !/^[a-z0-9_]([a-z0-9._-]*[a-z0-9_.])?$/i.test(hostname))
    return 'its host is neither a name nor an address';
  if (port === '' || port === '0') return 'it names no port';
  if ((pathname !== '' && pathname !== '/') || search !== '' || hash !== '')
    return 'something follows its port';
  return null;
}

export function nameOf({ host, port }: SyslogDestination): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
