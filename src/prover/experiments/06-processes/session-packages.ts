/** Packages that remember visitors, by their names: they speak of sessions, cookies, logins or tokens. */
const telling = /session|cookie|passport|jsonwebtoken|(?:^|[-/@])(?:auth|jwt|jose)(?:$|[-/])|lucia/;

export function sessionPackagesOf(names: readonly string[]): readonly string[] {
  return names.filter((name) => telling.test(name)).sort();
}
