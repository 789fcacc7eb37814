import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { ProbeDefinition } from '../../factors/law.ts';
import { explain, probePage } from './explain.ts';
import { differences, pagesOf } from './pages.ts';

const definition: ProbeDefinition = {
  id: 'disposability/finishes-requests-on-sigterm',
  statement: 'Finishes the requests it has when it is told to stop',
  method: 'run',
  why: 'A deploy stops every process; what it cuts off, a visitor sees as <an error>',
  source: 'https://12factor.net/disposability',
  how: 'Send a slow request, send SIGTERM while it is answered, and read the answer to its end',
  blind: 'Requests of another kind than the one in the scenario',
  mend: 'Close the server on SIGTERM and end when it has',
  fixes: {
    javascript: "process.on('SIGTERM', () => {\n  server.close(() => process.exit(0));\n});",
    python: 'signal.signal(signal.SIGTERM, stop)',
    ruby: "Signal.trap('TERM') { server.stop }",
  },
};

test('a terminal is told all of a probe, in lines that fit', () => {
  const text = `Finishes the requests it has when it is told to stop
disposability/finishes-requests-on-sigterm

Why
  A deploy stops every process; what it cuts off, a visitor
  sees as <an error>

How it is proven, by running the app
  Send a slow request, send SIGTERM while it is answered,
  and read the answer to its end

What cannot be seen
  Requests of another kind than the one in the scenario

How to mend it
  Close the server on SIGTERM and end when it has

Source
  https://12factor.net/disposability

JavaScript
  process.on('SIGTERM', () => {
    server.close(() => process.exit(0));
  });

Python
  signal.signal(signal.SIGTERM, stop)

Ruby
  Signal.trap('TERM') { server.stop }
`;
  assert.equal(explain(definition, { width: 60, colour: false }), text);
  assert.equal(stripVTControlCharacters(explain(definition, { width: 60, colour: true })), text);
});

test('its page has the same', () => {
  assert.equal(
    probePage(definition),
    `<!-- Made by tools/probe-pages.ts from the definition of the probe. -->

# Finishes the requests it has when it is told to stop

\`disposability/finishes-requests-on-sigterm\`, of [disposability](README.md#disposability), by running the app.

## Why

A deploy stops every process; what it cuts off, a visitor sees as \\<an error\\>.

Source: <https://12factor.net/disposability>

## How it is proven

Send a slow request, send SIGTERM while it is answered, and read the answer to its end.

## What cannot be seen

Requests of another kind than the one in the scenario.

## How to mend it

Close the server on SIGTERM and end when it has.

JavaScript:

\`\`\`javascript
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
});
\`\`\`

Python:

\`\`\`python
signal.signal(signal.SIGTERM, stop)
\`\`\`

Ruby:

\`\`\`ruby
Signal.trap('TERM') { server.stop }
\`\`\`
`,
  );
});

test('an index leads to every page, and what differs is told', () => {
  const pages = pagesOf([definition]);
  assert.match(
    pages.get('README.md') ?? '',
    /## disposability\n\n- \[Finishes .+\]\(disposability--finishes-requests-on-sigterm\.md\) \(run\)\n$/,
  );
  assert.deepEqual(differences(pages, pages), []);
  assert.deepEqual(differences(new Map([['old.md', '']]), pages), [
    'README.md is missing',
    'disposability--finishes-requests-on-sigterm.md is missing',
    'old.md is of no probe',
  ]);
  assert.deepEqual(differences(new Map([...pages, ['README.md', 'x']]), pages), [
    'README.md is not what its definition says',
  ]);
});
