/**
 * The answer of the edge itself, when no app can give one: HTML for a browser, JSON for a program that asks for it,
 * plain text otherwise. It names the code, what it means and the request, so that a visitor can be helped.
 */
import type { RouterCode } from './router.ts';
import { type CodeMeaning, codeMeanings } from './router-code.ts';

export interface PageRequest {
  /** The request's head; empty: none was read. */
  readonly head: string;
  readonly requestId: string;
  /** What was wrong with a malformed request, as a noun phrase; null: nothing to add. */
  readonly reason: string | null;
  /** The connection ends with this page. */
  readonly close: boolean;
}

export function page(code: RouterCode, request: PageRequest): Buffer {
  const meaning = withReason(codeMeanings[code], request.reason);
  const kind = wantedKind(acceptOf(request.head));
  const body = Buffer.from(render(kind, { code, meaning, requestId: request.requestId }));
  const head =
    `HTTP/1.1 ${meaning.status} ${meaning.phrase}\r\n` +
    `Content-Type: ${contentTypes[kind]}\r\nContent-Length: ${body.length}\r\n` +
    `Cache-Control: no-store\r\nDate: ${new Date().toUTCString()}\r\n` +
    `Dozen-Error: ${code}\r\nX-Request-Id: ${request.requestId}\r\n` +
    (request.close ? 'Connection: close\r\n\r\n' : '\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), request.head.startsWith('HEAD ') ? none : body]);
}

const none = Buffer.alloc(0);

function withReason(meaning: CodeMeaning, reason: string | null): CodeMeaning {
  return reason === null ? meaning : { ...meaning, meaning: `${meaning.meaning}: it has ${reason}` };
}

type Kind = 'html' | 'json' | 'text';

const contentTypes = {
  html: 'text/html; charset=utf-8',
  json: 'application/json',
  text: 'text/plain; charset=utf-8',
} as const satisfies Record<Kind, string>;

function acceptOf(head: string): string {
  return /\r\naccept:([^\r\n]*)/i.exec(head)?.[1]?.toLowerCase() ?? '';
}

function wantedKind(accept: string): Kind {
  if (accept.includes('text/html')) return 'html';
  return /application\/(?:[a-z0-9.-]+\+)?json/.test(accept) ? 'json' : 'text';
}

interface PageText {
  readonly code: RouterCode;
  readonly meaning: CodeMeaning;
  readonly requestId: string;
}

function render(kind: Kind, text: PageText): string {
  switch (kind) {
    case 'html':
      return html(text);
    case 'json':
      return `${JSON.stringify({ code: text.code, message: text.meaning.meaning, requestId: text.requestId })}\n`;
    case 'text':
      return `${text.meaning.title}\n\n${text.meaning.meaning}\n\n${text.code}\nRequest ${text.requestId}\n`;
  }
}

/** Without a single outside resource: the page must work when nothing else does. */
function html({ code, meaning, requestId }: PageText): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(meaning.title)}</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText;
  font: 1.0625rem/1.6 system-ui, sans-serif; }
main { max-width: 34rem; padding: 2rem; }
h1 { margin: 0 0 .5rem; font-size: 1.75rem; line-height: 1.2; text-wrap: balance; }
p { margin: 0 0 1.5rem; }
dl { margin: 0; padding-top: 1rem; border-top: 1px solid color-mix(in srgb, CanvasText 20%, Canvas);
  display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; font-size: .875rem; }
dt { opacity: .7; }
dd { margin: 0; font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
</style>
</head>
<body>
<main>
<h1>${escapeHtml(meaning.title)}</h1>
<p>${escapeHtml(meaning.meaning)}.</p>
<dl>
<dt>Status</dt><dd>${meaning.status}</dd>
<dt>Code</dt><dd>${code}</dd>
<dt>Request</dt><dd>${escapeHtml(requestId)}</dd>
</dl>
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
