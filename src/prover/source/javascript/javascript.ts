/** JavaScript and TypeScript, parsed by tree-sitter through ast-grep. */
import { Lang, parseAsync } from '@ast-grep/napi';
import type { Hit, Question } from '../hit.ts';
import type { Asked, Language } from '../language.ts';
import { mayReadEnvironment, type View, variablesIn, viewOf } from './environment.ts';
import { environmentNamesIn, mayNameEnvironment } from './environment-names.ts';
import { importsIn, mayImport } from './imports.ts';
import { locatorsIn, mayLocate } from './locators.ts';
import { mayFallBack, secretFallbacksIn } from './secret-fallbacks.ts';

export const javascript: Language = {
  name: 'JavaScript',
  extensions: ['js', 'mjs', 'cjs', 'jsx', 'ts', 'mts', 'cts', 'tsx'],
  hasCode: (bytes) => !onlyComments(bytes),
  mayAnswer: (bytes, file, asked) => {
    const may: Question[] = [];
    if (mayImport(bytes, file, asked)) may.push('imports');
    const mayRead = mayReadEnvironment(bytes);
    if (mayRead) may.push('variables');
    if (mayNameEnvironment(bytes)) may.push('environment-names');
    if (mayLocate(bytes)) may.push('locators');
    if (mayRead && mayFallBack(bytes)) may.push('secret-fallbacks');
    return may;
  },
  answers: async (source, questions, asked) => {
    const parsed = await parseAsync(grammarOf(source.file), source.text);
    const view = viewOf(parsed.root(), source);
    return questions.flatMap((question) => answer(question, view, asked));
  },
};

function onlyComments(bytes: string): boolean {
  const comment = /\s+|\xef\xbb\xbf|\/\/[^\n]*|#![^\n]*|\/\*/y;
  for (let at = 0; at < bytes.length; at = comment.lastIndex) {
    comment.lastIndex = at;
    const found = comment.exec(bytes);
    if (found === null) return false;
    const end = found[0] === '/*' ? bytes.indexOf('*/', at + 2) : null;
    if (end === -1) return true;
    if (end !== null) comment.lastIndex = end + 2;
  }
  return true;
}

function grammarOf(file: string): Lang {
  const extension = file.slice(file.lastIndexOf('.') + 1).toLowerCase();
  if (extension === 'tsx') return Lang.Tsx;
  return extension.endsWith('ts') ? Lang.TypeScript : Lang.JavaScript;
}

function answer(question: Question, view: View, asked: Asked): readonly Hit[] {
  switch (question) {
    case 'imports':
      return importsIn(view, asked);
    case 'variables':
      return variablesIn(view);
    case 'environment-names':
      return environmentNamesIn(view);
    case 'locators':
      return locatorsIn(view);
    case 'secret-fallbacks':
      return secretFallbacksIn(view);
  }
}
