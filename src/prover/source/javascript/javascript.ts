/** JavaScript and TypeScript, parsed by tree-sitter through ast-grep. */
import { Lang, parse } from '@ast-grep/napi';
import type { Hit, Question } from '../hit.ts';
import type { Asked, Language, Source } from '../language.ts';
import { mayReadEnvironment, variablesIn } from './environment.ts';
import { environmentNamesIn, mayNameEnvironment } from './environment-names.ts';
import { importsIn, mayImport } from './imports.ts';
import { locatorsIn, mayLocate } from './locators.ts';
import type { Node } from './nodes.ts';

export const javascript: Language = {
  name: 'JavaScript',
  extensions: ['js', 'mjs', 'cjs', 'jsx', 'ts', 'mts', 'cts', 'tsx'],
  mayAnswer: (bytes, file, asked) => {
    const may: Question[] = [];
    if (mayImport(bytes, file, asked)) may.push('imports');
    if (mayReadEnvironment(bytes)) may.push('variables');
    if (mayNameEnvironment(bytes)) may.push('environment-names');
    if (mayLocate(bytes)) may.push('locators');
    return may;
  },
  answers: (source, questions, asked) => {
    const root = parse(grammarOf(source.file), source.text).root();
    return questions.flatMap((question) => answer(question, root, source, asked));
  },
};

function grammarOf(file: string): Lang {
  const extension = file.slice(file.lastIndexOf('.') + 1).toLowerCase();
  if (extension === 'tsx') return Lang.Tsx;
  return extension.endsWith('ts') ? Lang.TypeScript : Lang.JavaScript;
}

function answer(question: Question, root: Node, { file, text }: Source, asked: Asked): readonly Hit[] {
  switch (question) {
    case 'imports':
      return importsIn(root, file, text, asked);
    case 'variables':
      return variablesIn(root, file, text);
    case 'environment-names':
      return environmentNamesIn(root, file, text);
    case 'locators':
      return locatorsIn(root, file, text);
  }
}
