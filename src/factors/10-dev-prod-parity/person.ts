/**
 * Whether two names, as Git and the platform write them, are one person's: `Ada <ada@example.org>`, `ada@example.org` and
 * `ada`. Two addresses decide alone; else a name, an address or the part of it before the `@` has to be equal.
 */
export function isSamePerson(left: string, right: string): boolean {
  const [ours, theirs] = [read(left), read(right)];
  if (ours.address !== null && theirs.address !== null) return ours.address === theirs.address;
  return [...ours.names].some((name) => theirs.names.has(name));
}

interface Person {
  readonly address: string | null;
  readonly names: ReadonlySet<string>;
}

function read(text: string): Person {
  const whole = text.trim().toLowerCase();
  const [, name = '', inner] = /^([^<]*)<([^<>]*)>$/.exec(whole) ?? [];
  const address = inner ?? (whole.includes('@') ? whole : null);
  if (address === null) return { address, names: new Set([whole]) };
  const names = [name.trim(), address, address.slice(0, address.indexOf('@'))];
  return { address, names: new Set(names.filter((each) => each !== '')) };
}
