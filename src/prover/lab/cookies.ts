/** Cookies of answers, and how they are sent back. */

export type Headers = Readonly<Record<string, string>>;

/** Value by name. */
export type Cookies = ReadonlyMap<string, string>;

/** Those that the answer sets and does not take away. */
export function cookiesSetBy(answer: { readonly headers: Headers }): Cookies {
  return cookiesAfter(new Map(), answer);
}

/** What is left of cookies, and has come to them, after an answer. */
export function cookiesAfter(before: Cookies, { headers }: { readonly headers: Headers }): Cookies {
  const jar = new Map(before);
  for (const line of (headers['set-cookie'] ?? '').split('\n')) {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    if (at < 1) continue;
    const name = pair.slice(0, at);
    if (attributes.some(isOver)) jar.delete(name);
    else jar.set(name, pair.slice(at + 1));
  }
  return jar;
}

/** The headers with the cookies, in place of those that have the same name. */
export function withCookies(headers: Headers, jar: Cookies): Headers {
  if (jar.size === 0) return headers;
  const isCookie = (name: string): boolean => name.toLowerCase() === 'cookie';
  const others = Object.entries(headers).filter(([name]) => !isCookie(name));
  const given = Object.entries(headers)
    .filter(([name]) => isCookie(name))
    .flatMap(([, value]) => value.split(';').map((pair) => pair.trim()))
    .filter((pair) => pair !== '' && !jar.has(pair.split('=', 1).join()));
  const own = [...jar].map(([name, value]) => `${name}=${value}`);
  return { ...Object.fromEntries(others), cookie: [...own, ...given].join('; ') };
}

/** An age of nothing, or the beginning of time: it is taken away. */
function isOver(attribute: string): boolean {
  return /^max-age=(?:0|-\d+)$|^expires=.*\b1970\b/i.test(attribute);
}
