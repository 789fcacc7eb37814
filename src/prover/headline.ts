/**
 * A sentence about an app in words that its people know: no folder of the check's own, no port that is another one each time.
 * Evidence keeps the ports that were seen.
 */

/** Where the code lies in every build and run: alone it is a name like another. */
export const codeFolder = '/app';

/** @param folders each of which is where the app's files lie, the deepest first */
export function withoutFolders(text: string, folders: readonly string[]): string {
  return folders.reduce(withoutFolder, text);
}

function withoutFolder(text: string, folder: string): string {
  return text.replaceAll(pathsIn(folder), (found: string, file: string | undefined, at: number) => {
    const before = text.slice(Math.max(0, at - 40), at);
    if (isOfRequest.test(before) || (file !== undefined && !isFile(file, before))) return found;
    return file ?? (folder === codeFolder ? found : 'the app’s folder');
  });
}

/** The folder, and what is named in it; not where it is the end of a longer path or address. */
function pathsIn(folder: string): RegExp {
  const literal = folder.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(
    `(?<![\\w./:@-])(?:file://)?${literal}(?:/([\\w@.+-][^\\s'"\`,;:)]*)|/?(?![\\w/.-]))`,
    'g',
  );
}

/** A path that says nothing of what it is may be one of the app's addresses. */
const isFile = (path: string, before: string): boolean =>
  /\.\w[^/]*$|\//.test(path) ||
  /(?:\b(?:folder|write|writes|wrote|read|reads|open|opens|module) |['"`]|file:\/\/)$/.test(before);

const isOfRequest = /\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) $/;

/** @param variableOf the variable that names a port which the check chose; null: somebody else chose it */
export function withoutPorts(text: string, variableOf: (port: number) => string | null): string {
  return text.replaceAll(
    /(?<![@\w.])((?:localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:]{2,39}\]|::1?|\*):|\bport )(\d{4,5})\b/g,
    (found, before: string, digits: string) => {
      const variable = variableOf(Number(digits));
      if (variable === null) return found;
      if (variable === 'PORT') return `${before}PORT`;
      return `the ${before === 'port ' ? 'port' : 'server'} of ${variable}`;
    },
  );
}

/**
 * Of a log line in JSON what the line says: its time is another one each time, and the rest of it is evidence. The line
 * may be cut.
 */
export function withoutLogFrame(text: string): string {
  return text.replace(/(?<=: )\{".*$/s, (line) => {
    const told = [...line.matchAll(saying)].map(([, inner = '']) => JSON.parse(`"${inner}"`) as string);
    const after = /\}([^"{}]*)$/.exec(line)?.[1] ?? '';
    const isAlone = after === '' || /^[;,] /.test(after);
    return told.length === 0 || !isAlone ? line : `${[...new Set(told)].join(': ')}${after}`;
  });
}

/** Up to the end of its text, or of a line that was cut in it. */
const saying =
  /"(?:event|msg|message|error|err|exception)"\s*:\s*"((?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))+)(?:"|(?:\\(?:u[0-9a-fA-F]{0,3})?)?$)/g;

/** Names of processes and commands stay as they are. */
export function capitalized(text: string): string {
  return text.replace(
    /^(?:the|it|no|not|nothing|an?)(?= )/,
    (word) => word.charAt(0).toUpperCase() + word.slice(1),
  );
}
