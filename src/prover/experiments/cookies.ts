/** Cookies of an answer, and how they are sent back. */
import type { Answer } from '../lab/http.ts';

/** Value by name, of those that the answer sets and does not take away. */
export function cookiesSetBy({ headers }: Pick<Answer, 'headers'>): ReadonlyMap<string, string> {
  const jar = new Map<string, string>();
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

export function cookieHeader(jar: ReadonlyMap<string, string>): string {
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
}

/** An age of nothing, or the beginning of time: it is taken away. */
function isOver(attribute: string): boolean {
  return /^max-age=(?:0|-\d+)$|^expires=.*\b1970\b/i.test(attribute);
}
