/** Looks for credentials in the lines that earlier commits added. */
import { type AddedLine, type HistoryLimits, readAddedLines } from './added-lines.ts';
import { counts, mayHoldText } from './credential-search.ts';
import { type Credential, credentialsIn, kindOfText, type TextKind } from './credentials.ts';
import type { Watch } from './watch.ts';

export interface HistorySearch {
  readonly lines: number;
  readonly found: readonly FoundInHistory[];
  /** Why not all of it was searched; null: all was. */
  readonly cutOff: string | null;
}

export type FoundInHistory = Credential & { readonly commit: string; readonly file: string };

const usual: HistoryLimits = { bytes: 256 * 1024 * 1024, ms: 60_000 };
/** Characters that are searched at once. */
const batchLimit = 256 * 1024;
const foundLimit = 1000;
const foreign = /(^|\/)(?:node_modules|bower_components|vendor|third_party|\.yarn)\//;

/** Each credential once, where the newest commit that added it has it. */
export async function searchHistory(
  folder: string,
  commit: string,
  { watch, limits = usual }: { watch: Watch; limits?: HistoryLimits },
): Promise<HistorySearch> {
  const found = new Map<string, FoundInHistory>();
  const batches = new Map<TextKind, Batch>();
  let lines = 0;
  const search = async (kind: TextKind, batch: Batch): Promise<void> => {
    batches.delete(kind);
    watch.begins(`${batch.lines.at(-1)?.commit}:${batch.lines.at(-1)?.file}`);
    if (found.size >= foundLimit) return;
    for (const one of await credentialsAmong(batch.lines, kind)) {
      if (!found.has(one.digest)) found.set(one.digest, one);
    }
  };
  const onLine = async (line: AddedLine): Promise<void> => {
    if (!mayHoldText(line.file) || foreign.test(line.file)) return;
    lines += 1;
    const kind = kindOfText(line.file);
    const batch = batches.get(kind) ?? { lines: [], size: 0 };
    const previous = batch.lines.at(-1);
    const goesOn = previous?.commit === line.commit && previous.file === line.file;
    if (batch.size > (goesOn ? 4 : 1) * batchLimit) await search(kind, batch);
    add(line, batches, kind);
  };
  const cutOff = await readAddedLines(folder, commit, { limits, signal: watch.signal, onLine });
  for (const [kind, batch] of batches) await search(kind, batch);
  return { lines, found: [...found.values()], cutOff };
}

interface Batch {
  readonly lines: AddedLine[];
  size: number;
}

function add(line: AddedLine, batches: Map<TextKind, Batch>, kind: TextKind): void {
  const batch = batches.get(kind) ?? { lines: [], size: 0 };
  batch.lines.push(line);
  batch.size += line.text.length + 1;
  batches.set(kind, batch);
}

async function credentialsAmong(
  batch: readonly AddedLine[],
  kind: TextKind,
): Promise<readonly FoundInHistory[]> {
  const credentials = await credentialsIn(batch.map(({ text }) => text).join('\n'), kind);
  return credentials.flatMap((credential) => {
    const from = batch[credential.line - 1];
    if (from === undefined || !counts(credential, from.file)) return [];
    return [{ ...credential, file: from.file, line: from.line, commit: from.commit }];
  });
}
