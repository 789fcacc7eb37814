/** Looks for credentials in every text file of a tree. */
import { setImmediate } from 'node:timers/promises';
import { type Credential, credentialsIn, kindOfText } from './credentials.ts';
import { roleOf } from './role.ts';
import { fileReader, type Tree } from './tree.ts';
import type { Watch } from './watch.ts';

export interface CredentialSearch {
  readonly files: number;
  readonly found: readonly FoundInFile[];
  readonly unread: readonly { readonly file: string; readonly why: string }[];
}

export type FoundInFile = Credential & { readonly file: string };

const sizeLimit = 8 * 1024 * 1024;
/** Characters that are searched at once. */
const pieceLimit = 512 * 1024;

export async function searchCredentials(tree: Tree, watch: Watch): Promise<CredentialSearch> {
  const read = fileReader(tree.root, sizeLimit);
  const found: FoundInFile[] = [];
  const unread: { file: string; why: string }[] = [];
  let files = 0;
  for (const file of tree.files) {
    if (!mayHoldText(file)) continue;
    const reading = watch.isHard(file) ? { unread: watch.hard } : read(file);
    if ('unread' in reading) {
      unread.push({ file, why: reading.unread });
      continue;
    }
    if (reading.bytes.subarray(0, 8192).includes(0)) continue;
    files += 1;
    watch.begins(file);
    for (const { text, line } of piecesOf(reading.bytes.toString('utf8'))) {
      const credentials = await credentialsIn(text, kindOfText(file));
      found.push(
        ...credentials
          .filter((one) => counts(one, file))
          .map((one) => ({ ...one, line: one.line + line, file })),
      );
    }
    await setImmediate();
    watch.signal.throwIfAborted();
  }
  return { files, found, unread };
}

const noText =
  /\.(?:png|jpe?g|gif|webp|avif|ico|bmp|tiff?|woff2?|ttf|otf|eot|mp[34]|webm|ogg|wav|mov|pdf|zip|gz|tgz|bz2|xz|zst|br|7z|rar|jar|class|so|o|a|node|wasm|exe|dll|dylib|sqlite3?|db)$/i;
const lockfile =
  /(^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|Gemfile\.lock|poetry\.lock|uv\.lock|Pipfile\.lock|composer\.lock|Cargo\.lock|go\.sum)$/;

export const mayHoldText = (file: string): boolean => !noText.test(file) && !lockfile.test(file);

const inDocument = /\.(?:md|mdx|markdown|rst|adoc|txt)$|(^|\/)\.env\.(?:example|sample|template|dist)$/i;

/** In tests and documents keys and addresses are made up, tokens of a known service are not. */
export function counts({ mayBeMadeUp }: Credential, file: string): boolean {
  if (!mayBeMadeUp) return true;
  const role = roleOf(file, new Set());
  return (
    role !== 'test' && !inDocument.test(file) && !/(^|\/)(?:examples?|samples?|fixtures?|docs?)\//i.test(file)
  );
}

/** A text in pieces that end with a line, each with the number of lines before it. */
export function* piecesOf(text: string): Iterable<{ text: string; line: number }> {
  let line = 0;
  for (let start = 0; start < text.length; ) {
    const newline =
      text.length - start > pieceLimit ? text.lastIndexOf('\n', start + pieceLimit) : text.length;
    const end = newline < start ? start + pieceLimit : newline + 1;
    const piece = text.slice(start, end);
    yield { text: piece, line };
    line += piece.split('\n').length - 1;
    start = end;
  }
}
