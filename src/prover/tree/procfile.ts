/** Commands that an app declares, and where each stands. The prover's own reading: a line that is no entry is left out. */
import type { Evidence } from '../../factors/law.ts';
import type { AppTree } from './app-tree.ts';
import { asLine } from './place.ts';

export interface Entry {
  readonly type: string;
  readonly command: string;
  readonly at: Evidence;
}

export function readProcfile(tree: AppTree, file: string): readonly Entry[] {
  const text = tree.read(file) ?? '';
  return text.split('\n').flatMap((line, index) => {
    const [, type, command] = /^([A-Za-z0-9_-]+)\s*:\s*(\S.*)$/.exec(line.trim()) ?? [];
    if (type === undefined || command === undefined) return [];
    return [{ type, command, at: asLine(file, line, index + 1) }];
  });
}
