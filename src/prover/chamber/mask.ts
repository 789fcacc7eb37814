/** Takes secret values out of what leaves the chamber. */

const shown = '[secret]';
/** A shorter value is no secret: it would be found in words. */
const shortest = 6;
/** Keys whose values are words of the prover's own, whatever a secret is called. */
const ownWords: ReadonlySet<string> = new Set(['kind', 'factor', 'experiment', 'probe', 'outcome']);

/** Masks the values as they are, as JSON, a URL and a form have them, in base64, and each line of those that have several. */
export function maskerFor(values: readonly string[]): (text: string) => string {
  const secrets = values.flatMap((value) => [value, ...value.split(/\r?\n/)]);
  const forms = secrets.filter((value) => value.length >= shortest).flatMap(formsOf);
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((masked, form) => masked.replaceAll(form, shown), text);
}

function formsOf(value: string): readonly string[] {
  const json = asJson(value);
  const url = encodeURIComponent(value);
  const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '');
  return [value, json, asJson(json), url, url.replaceAll('%20', '+'), base64];
}

function asJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

/** The same value, every text in it masked: what stands around texts may be spelled like a secret and stays. */
export function maskTexts<T>(value: T, mask: (text: string) => string): T {
  if (typeof value === 'string') return mask(value) as T;
  if (Array.isArray(value)) return value.map((each) => maskTexts(each, mask)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [
    key,
    ownWords.has(key) ? each : maskTexts(each, mask),
  ]);
  return Object.fromEntries(entries) as T;
}
