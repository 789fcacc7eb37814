/**
 * A sentence about an app in words that its people know: no folder of the check's own, no port that is another one each time.
 * Evidence keeps what was seen.
 */

/** Where the code lies in every build and run: alone it is a name like another. */
export const codeFolder = '/app';

/** @param folders each of which is where the app's files lie, the deepest first */
export function withoutFolders(text: string, folders: readonly string[]): string {
  return folders.reduce(withoutFolder, text);
}

function withoutFolder(text: string, folder: string): string {
  return text.replaceAll(pathsIn(folder), (found: string, file: string | undefined, at: number) => {
    if (isOfRequest.test(text.slice(0, at))) return found;
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

const isOfRequest = /\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) $/;

/** @param variableOf the variable that names a port which the check chose; null: somebody else chose it */
export function withoutPorts(text: string, variableOf: (port: number) => string | null): string {
  return text.replaceAll(
    /(?<![@\w.])([\w.:[\]]*:|port )(\d{4,5})\b/g,
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
    const after = /\}([;,] [^"{}]*)$/.exec(line)?.[1] ?? '';
    return told.length === 0 ? line : `${[...new Set(told)].join(': ')}${after}`;
  });
}

const saying =
  /"(?:event|msg|message|error|err|exception)"\s*:\s*"((?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))+)"/g;

/** Names of processes and commands stay as they are. */
export function capitalized(text: string): string {
  return text.replace(
    /^(?:the|it|no|not|nothing|an?)(?= )/,
    (word) => word.charAt(0).toUpperCase() + word.slice(1),
  );
}
