/** All that is told of a probe: on a terminal, and as the page that is made of it. */
import { factorOf, type ProbeDefinition } from '../../factors/law.ts';
import { brush } from './brush.ts';
import { fenced } from './markup.ts';
import { wrapped } from './paragraph.ts';
import { visible } from './visible.ts';

const methods = { source: 'reading the source', run: 'running the app' } as const;
const languages = ['javascript', 'python', 'ruby'] as const;
const names = { javascript: 'JavaScript', python: 'Python', ruby: 'Ruby' } as const;

export interface ExplainLook {
  /** In columns. */
  readonly width: number;
  readonly colour: boolean;
}

export function explain(definition: ProbeDefinition, { width, colour }: ExplainLook): string {
  const paint = brush(colour);
  const sections = [
    ['Why', definition.why],
    [`How it is proven, by ${methods[definition.method]}`, definition.how],
    ['What cannot be seen', definition.blind],
    ['How to mend it', definition.mend],
    ['Source', definition.source],
  ] as const;
  const parts = [
    [...wrapped(definition.statement, width).map((line) => paint('bold', line)), paint('dim', definition.id)],
    ...sections.map(([title, text]) => [
      paint('cyan', title),
      ...wrapped(text, width - 2).map((line) => `  ${line}`),
    ]),
    ...languages.map((language) => [
      paint('cyan', names[language]),
      ...codeLines(definition.fixes[language]).map((line) => `  ${visible(line)}`),
    ]),
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** A page of docs/probes. */
export function probePage(definition: ProbeDefinition): string {
  const { id, statement, method } = definition;
  const factor = factorOf(id);
  const blocks = [
    '<!-- Made by tools/probe-pages.ts from the definition of the probe. -->',
    `# ${plain(statement)}`,
    `\`${id}\`, of [${factor}](README.md#${factor}), by ${methods[method]}.`,
    pageBody(definition),
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** What stands below the head of its page. */
export function pageBody({ why, source, how, blind, mend, fixes }: ProbeDefinition): string {
  const blocks = [
    `## Why\n\n${closed(why)}`,
    `Source: ${/^https:\/\/\S+$/.test(source) ? `<${source}>` : plain(source)}`,
    `## How it is proven\n\n${closed(how)}`,
    `## What cannot be seen\n\n${closed(blind)}`,
    `## How to mend it\n\n${closed(mend)}`,
    ...languages.map(
      (language) => `${names[language]}:\n\n${fenced(codeLines(fixes[language]).join('\n'), language)}`,
    ),
  ];
  return blocks.join('\n\n');
}

/** With a full stop. */
function closed(text: string): string {
  return /[.?!:]$/.test(text.trim()) ? plain(text) : `${plain(text)}.`;
}

/** `codebase--is-tracked-in-git.md` */
export function pageName({ id }: Pick<ProbeDefinition, 'id'>): string {
  return `${id.replace('/', '--')}.md`;
}

/** Markdown that shows the text as it is. */
export function plain(text: string): string {
  return text
    .replaceAll(/[\\`*_[\]<>|]/g, '\\$&')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function codeLines(code: string): readonly string[] {
  return code.replace(/^\n+/, '').trimEnd().split('\n');
}
