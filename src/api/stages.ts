/** A deploy as a person reads it: one line per stage, with its time. */
import type { ErrorShape } from '../base/error.ts';
import { shortRevision } from '../factors/01-codebase/revision.ts';
import type { DeployEvent } from '../factors/deploy-event.ts';
import { type Colour, type Out, paint } from './paint.ts';

/** What is printed for the event; null for one that says nothing new. */
export function stageLine(event: DeployEvent, out: Out): string | null {
  switch (event.kind) {
    case 'app':
      return event.created ? stage(out, { name: 'app', text: `${event.name} (new)` }) : null;
    case 'source': {
      const { revision } = event;
      const subject = revision.subject === null ? '' : ` ${JSON.stringify(clip(revision.subject, 50))}`;
      const branch = revision.branch === null ? '' : ` on ${revision.branch}`;
      return stage(out, {
        name: 'codebase',
        text: `${shortRevision(revision)}${subject}${branch}, ${count(event.files, 'file')}`,
      });
    }
    case 'warning':
      return stage(out, { name: 'warning', text: event.message, colour: 'yellow' });
    case 'builder':
      return stage(out, { name: 'build', text: `${event.name} (${event.reason})` });
    case 'output':
    case 'release-output':
      return indent(out, event.text);
    case 'process-output':
      return indent(out, `${event.process}: ${event.text}`);
    case 'built': {
      const packages =
        event.packages === null
          ? []
          : [`${count(event.packages, 'package')}${event.reused ? ' (reused)' : ''}`];
      const facts = [...event.runtimes, ...packages, `slug ${size(event.bytes)}`, event.digest.slice(0, 12)];
      return stage(out, { name: 'build', text: facts.join(', '), ms: event.ms });
    }
    case 'service': {
      const what = event.version === null ? event.service : `${event.service} ${event.version}`;
      return stage(out, {
        name: 'service',
        text: `${what} as ${event.variable} (${event.name}${event.created ? ', new' : ''})`,
        ms: event.ms,
      });
    }
    case 'credential':
      return stage(out, {
        name: 'service',
        text: `${event.state === 'made' ? 'new credential' : 'credential taken back'}: ${event.name} as ${event.variable} of ${event.app}`,
      });
    case 'release':
      return stage(out, {
        name: 'release',
        text: event.unchanged ? `v${event.version} (unchanged)` : `v${event.version} ${event.description}`,
      });
    case 'restart':
      return stage(out, { name: 'restart', text: event.of ?? 'every process' });
    case 'formation':
      return stage(out, {
        name: 'formation',
        text: Object.entries(event.formation)
          .map(([type, quantity]) => `${type}=${quantity}`)
          .join(' '),
      });
    case 'promotion':
      return stage(out, { name: 'promote', text: `${event.what} to ${event.targets.join(', ')}` });
    case 'target': {
      const line =
        event.event.kind === 'failed'
          ? stage(out, { name: 'failed', text: failure(event.event.error), colour: 'red' })
          : stageLine(event.event, out);
      return line === null ? null : line.replaceAll(/^(?=.)/gm, `${paint(out, 'dim', event.app)} `);
    }
    case 'export':
      return stage(out, {
        name: 'export',
        text: event.removed
          ? `${event.processType} no more on port ${event.port}`
          : `${event.processType} on port ${event.port}`,
      });
    case 'release-phase':
      return stage(out, {
        name: 'release',
        text: `phase \`${event.command}\`: ${event.outcome}`,
        ms: event.ms,
      });
    case 'process':
      return event.state === 'up'
        ? stage(out, {
            name: 'process',
            text: `${event.process} up${event.detail === '' ? '' : ` on ${event.detail}`}`,
            ms: event.ms ?? 0,
          })
        : stage(out, { name: 'process', text: `${event.process} ended: ${event.detail}`, colour: 'yellow' });
    case 'serving':
      return stage(out, {
        name: 'serving',
        text: event.urls.map((url) => paint(out, 'bold', url)).join(' '),
        ms: event.ms,
        colour: 'green',
      });
    case 'failed':
      return null;
  }
}

function failure({ message, code, hint }: ErrorShape): string {
  return `${message} (${code})${hint === undefined ? '' : `. Next: ${hint}`}`;
}

interface Stage {
  readonly name: string;
  readonly text: string;
  readonly ms?: number;
  readonly colour?: Colour;
}

function stage(out: Out, { name, text, ms, colour = 'cyan' }: Stage): string {
  const time = ms === undefined ? '' : ` ${paint(out, 'dim', `(${seconds(ms)})`)}`;
  return `${paint(out, colour, name.padEnd(9))} ${text}${time}\n`;
}

function indent(out: Out, text: string): string {
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.map((line) => `${' '.repeat(10)}${paint(out, 'dim', `| ${printable(line)}`)}\n`).join('');
}

/** Without what would move the cursor or change the terminal: output of a build is foreign text. */
export function printable(line: string): string {
  return line
    .replaceAll(/[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g, '')
    .replaceAll(/\u001b(?!\[[0-9;]*m)/g, '');
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

export function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(2)} s` : `${(ms / 1000).toFixed(0)} s`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

export function size(bytes: number): string {
  return bytes < 1024 * 1024
    ? `${Math.max(Math.sign(bytes), Math.round(bytes / 1024))} KB`
    : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
