/** Text of an app inside Markdown and HTML: it stays text. Everything here takes what is visible already. */

/** No mark of Markdown, no tag, and nobody is called by `@name` or `#1`. */
export function inline(text: string): string {
  return html(text.replaceAll(/[\\`*_{}[\]()~|!]/g, '\\$&'))
    .replace(/^[-+=]/, '\\$&')
    .replace(/^(\d+)([.)])/, '$1\\$2')
    .replaceAll(/(https?|ftp):/gi, '$1\\:')
    .replaceAll(/www\./gi, 'www\\.');
}

export function html(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[@#]/g, '$&<!-- -->');
}

/** A block that nothing in it can end. */
export function fenced(text: string, language = ''): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}
