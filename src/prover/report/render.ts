/** A report in the format that is asked for. */
import { renderJson } from './json.ts';
import { renderJunit } from './junit.ts';
import type { Look } from './look.ts';
import { renderMarkdown } from './markdown.ts';
import type { Report } from './report.ts';
import { renderSarif } from './sarif.ts';
import { renderTerminal } from './terminal.ts';

export const formats = ['terminal', 'json', 'markdown', 'junit', 'sarif'] as const;
export type Format = (typeof formats)[number];

export function render(report: Report, look: Look & { readonly format: Format }): string {
  switch (look.format) {
    case 'terminal':
      return renderTerminal(report, look);
    case 'json':
      return renderJson(report);
    case 'markdown':
      return renderMarkdown(report, look);
    case 'junit':
      return renderJunit(report, look);
    case 'sarif':
      return renderSarif(report, look);
  }
}
