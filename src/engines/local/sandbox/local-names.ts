/**
 * Names under `localhost` are this machine (RFC 6761), but the C library asks a name server for them, which knows none. Those
 * that a process's variables speak of, such as the address of another app, are put behind the machine's `/etc/hosts`.
 */
export function localNames(environment: Readonly<Record<string, string>>): readonly string[] {
  const names = Object.values(environment).flatMap((value) =>
    [...value.matchAll(name)].map(([found]) => found.toLowerCase()),
  );
  return [...new Set(names)].filter(({ length }) => length <= longestName).sort();
}

const longestName = 253;
/** Not what stands before an `@`: that is a password. */
const name = /(?<![\w.-])(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+localhost(?![\w@-]|\.\w)/gi;

export function withLocalNames(hosts: string, names: readonly string[]): string {
  const lines = names.map((each) => `127.0.0.1 ${each}\n`);
  return `${hosts}${hosts === '' || hosts.endsWith('\n') ? '' : '\n'}${lines.join('')}`;
}
