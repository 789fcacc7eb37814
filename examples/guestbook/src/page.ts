/** The pages. hono/html escapes every value that is put into a template. */
import { html } from 'hono/html';
import type { AssetName, Assets } from './assets.ts';
import { type Draft, type Entry, type Faults, type Field, limits } from './entries.ts';

type Markup = ReturnType<typeof html>;

export interface Site {
  readonly title: string;
  readonly assets: Assets;
}

export interface Form {
  readonly draft: Draft;
  readonly faults: Faults;
}

export const guestbookPage = (
  site: Site,
  page: { readonly entries: readonly Entry[]; readonly form?: Form },
) =>
  layout(
    site,
    html`
      <p class="lead">Write a card. A worker puts a stamp on it while you watch.</p>
      ${entryForm(page.form ?? { draft: { name: '', message: '' }, faults: {} })}
      <section aria-labelledby="latest">
        <h2 id="latest">Latest cards</h2>
        <ol id="entries" aria-live="polite">${page.entries.map(entryItem)}</ol>
        ${page.entries.length === 0 ? html`<p class="empty">No cards yet. Yours is the first.</p>` : ''}
      </section>
      <script type="module" src="${address(site, 'live.js')}"></script>`,
  );

export const messagePage = (
  site: Site,
  { heading, text }: { readonly heading: string; readonly text: string },
) =>
  layout(
    site,
    html`<section class="message"><h2>${heading}</h2><p>${text}</p><p><a href="/">Back to the cards</a></p></section>`,
  );

/** The stamp never changes, except when another database takes the place of this one: hence the time. */
export const stampAddress = ({ id, stampedAt }: Entry): string | null =>
  stampedAt && `/stamps/${id}.svg?at=${stampedAt.getTime()}`;

const layout = (site: Site, content: Markup) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${site.title}</title>
    <link rel="icon" href="${address(site, 'favicon.svg')}">
    <link rel="stylesheet" href="${address(site, 'style.css')}">
  </head>
  <body>
    <header><h1><a href="/">${site.title}</a></h1></header>
    <main>${content}</main>
    <footer><a href="/entries.json">These cards as JSON</a></footer>
  </body>
</html>
`;

const address = ({ assets }: Site, name: AssetName): string => `/${name}?v=${assets[name].version}`;

const entryForm = ({ draft, faults }: Form) => html`
  <form method="post" action="/entries">
    ${field('name', {
      fault: faults.name,
      input: html`<input id="name" name="name" required maxlength="${limits.name}" autocomplete="name"
        value="${draft.name}" ${faults.name ? html`aria-invalid="true" aria-describedby="name-fault"` : ''}>`,
    })}
    ${field('message', {
      fault: faults.message,
      input: html`<textarea id="message" name="message" required maxlength="${limits.message}" rows="3"
        ${faults.message ? html`aria-invalid="true" aria-describedby="message-fault"` : ''}>
${draft.message}</textarea>`,
    })}
    <button>Post the card</button>
  </form>`;

const field = (
  name: Field,
  { fault, input }: { readonly fault: string | undefined; readonly input: Markup },
) => html`
  <p class="field">
    <label for="${name}">${labels[name]}</label>
    ${input}
    ${fault ? html`<span class="fault" id="${name}-fault">${fault}</span>` : ''}
  </p>`;

const labels: Readonly<Record<Field, string>> = { name: 'Your name', message: 'Your message' };

const entryItem = (entry: Entry) => html`
  <li id="entry-${entry.id}" class="card" data-state="${entry.state}">
    <div class="words">
      <p class="text" dir="auto">${entry.message}</p>
      <p class="from"><bdi>${entry.name}</bdi> <time datetime="${entry.createdAt.toISOString()}">${day(entry.createdAt)}</time></p>
    </div>
    ${stamp(entry)}
  </li>`;

const stamp = (entry: Entry) => {
  switch (entry.state) {
    case 'stamped':
      return html`<img class="stamp" src="${stampAddress(entry)}" width="112" height="128" alt="Stamped">`;
    case 'pending':
      return html`<p class="stamp missing">Waiting for its stamp</p>`;
    case 'failed':
      return html`<p class="stamp missing">Lost its stamp</p>`;
  }
};

const day = (at: Date): string =>
  at.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
