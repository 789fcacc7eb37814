/** The pages of docs/probes, made from the definitions. */
import { factorOf, factors, type ProbeDefinition } from '../../factors/law.ts';
import { pageName, plain, probePage } from './explain.ts';

/** Text by file name. */
export type Pages = ReadonlyMap<string, string>;

export function pagesOf(definitions: readonly ProbeDefinition[]): Pages {
  return new Map([
    ['README.md', indexOf(definitions)],
    ...definitions.map((definition) => [pageName(definition), probePage(definition)] as const),
  ]);
}

/** Which pages are not what they should be, each with why. */
export function differences(there: Pages, wanted: Pages): readonly string[] {
  return [...new Set([...there.keys(), ...wanted.keys()])].sort().flatMap((name) => {
    if (!wanted.has(name)) return [`${name} is of no probe`];
    if (!there.has(name)) return [`${name} is missing`];
    return there.get(name) === wanted.get(name) ? [] : [`${name} is not what its definition says`];
  });
}

function indexOf(definitions: readonly ProbeDefinition[]): string {
  const sections = factors.flatMap((factor) => {
    const own = definitions.filter(({ id }) => factorOf(id) === factor);
    const lines = own.map(
      (definition) => `- [${plain(definition.statement)}](${pageName(definition)}) (${definition.method})`,
    );
    return own.length === 0 ? [] : [`## ${factor}\n\n${lines.join('\n')}`];
  });
  const blocks = [
    '<!-- Made by tools/probe-pages.ts from the definitions of the probes. -->',
    '# Probes',
    'What `dozen check` can prove of an app: by reading its source, or by a run of it. `dozen check --explain PROBE` shows a page on the terminal.',
    ...sections,
  ];
  return `${blocks.join('\n\n')}\n`;
}
