/**
 * The host that a `Host` header or an absolute target names, as routes know it: lower case, without port and without a
 * trailing dot; IPv6 literals keep their brackets. Null when it is none (RFC 3986 section 3.2, without user info).
 */
export function routeHost(authority: string): string | null {
  const name = authority.charCodeAt(0) === OPEN_BRACKET ? literalLength(authority) : nameLength(authority);
  if (name < 0 || !isPort(authority, name)) return null;
  const dot = name > 1 && authority.charCodeAt(name - 1) === DOT ? 1 : 0;
  return authority.slice(0, name - dot).toLowerCase();
}

const COLON = 58;
const DOT = 46;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

const nameBytes = new Uint8Array(128);
for (const char of "-._~%!$&'()*+,;=0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  nameBytes[char.charCodeAt(0)] = 1;
}

function nameLength(authority: string): number {
  let at = 0;
  while (at < authority.length && nameBytes[authority.charCodeAt(at)] === 1) at++;
  return at === authority.length || authority.charCodeAt(at) === COLON ? at : -1;
}

function literalLength(authority: string): number {
  const end = authority.indexOf(']');
  if (end < 0 || !/^\[[0-9a-fA-F:.]{2,45}$/.test(authority.slice(0, end))) return -1;
  return authority.charCodeAt(end) === CLOSE_BRACKET ? end + 1 : -1;
}

/** Nothing, or a colon and up to five digits. */
function isPort(authority: string, from: number): boolean {
  if (authority.length - from > 6) return false;
  for (let at = from + 1; at < authority.length; at++) {
    const code = authority.charCodeAt(at);
    if (code < 48 || code > 57) return false;
  }
  return from === authority.length || authority.charCodeAt(from) === COLON;
}
