/** Builds, slugs and log sessions, asked with everything in order, and what the links in their answers lead to. */
import assert from 'node:assert/strict';

/** Asks, checks the answer against the published schema, and gives it. */
export type Works = (key: string, call?: string, body?: unknown) => Promise<never>;

/** @param app one that was deployed */
export async function askStreams(works: Works, app: string): Promise<void> {
  const builds = (await works('GET /apps/:app/builds', `GET /apps/${app}/builds`)) as {
    readonly id: string;
    readonly slug: { readonly id: string };
  }[];
  const [first] = builds;
  const build = (await works('GET /apps/:app/builds/:build', `GET /apps/${app}/builds/${first?.id}`)) as {
    readonly output_stream_url: string;
  };
  const output = await fetch(build.output_stream_url);
  assert.equal(output.headers.get('content-type'), 'text/plain; charset=utf-8');
  assert.match(await output.text(), /^codebase .*\nbuild {5}node \(package\.json\)\n(.*\n)*build {5}node /);
  const slug = (await works('GET /apps/:app/slugs/:slug', `GET /apps/${app}/slugs/${first?.slug.id}`)) as {
    readonly process_types: Readonly<Record<string, string>>;
  };
  assert.equal(slug.process_types.web, 'node server.js');
  await askLog(works, app);
}

async function askLog(works: Works, app: string): Promise<void> {
  const key = 'POST /apps/:app/log-sessions';
  const call = `POST /apps/${app}/log-sessions`;
  const open = async (body: object): Promise<string> =>
    ((await works(key, call, body)) as { readonly logplex_url: string }).logplex_url;
  const events = async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<string> => {
    const response = await fetch(url, { headers: { Accept: 'text/event-stream', ...headers } });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    return response.text();
  };
  const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00`;
  const all = await events(await open({ lines: 1500, source: null }));
  assert.match(
    all,
    new RegExp(`^id: \\S+\\ndata: ${time} heroku\\[api\\]: Build started by user \\S+\\n\\n`),
  );
  assert.match(all, new RegExp(`^data: ${time} heroku\\[api\\]: Build succeeded$`, 'm'));
  assert.match(all, new RegExp(`^data: ${time} heroku\\[api\\]: Deploy [0-9a-f]{7} by user \\S+@\\S+$`, 'm'));
  assert.match(
    all,
    new RegExp(`^data: ${time} heroku\\[api\\]: Release v\\d+ created by user \\S+@\\S+$`, 'm'),
  );
  const own = await events(await open({ lines: 1, dyno: 'web.1', source: 'app' }));
  assert.match(own, new RegExp(`^id: \\S+\\ndata: ${time} app\\[web\\.1\\]: (listening|bye)\\n\\n$`));
  const ids = [...all.matchAll(/^id: (\S+)$/gm)].map(([, id = '']) => id);
  const rest = await events(await open({ lines: 2 }), { 'Last-Event-ID': ids[1] ?? '' });
  assert.ok(rest.startsWith(`id: ${ids[2]}\n`), 'what follows the last event, not the last lines');
  await refusals(await open({ lines: 1 }));
}

async function refusals(url: string): Promise<void> {
  const ask = async (target: string, headers = {}): Promise<string> => {
    const response = await fetch(target, { headers });
    const { code } = (await response.json()) as { readonly code: string };
    return `${response.status} ${code}`;
  };
  const changed = url.replace(/\/log\/(.)/, (_, first) => `/log/${first === 'A' ? 'B' : 'A'}`);
  assert.equal(await ask(changed), '404 LINK_UNKNOWN');
  assert.equal(await ask(url.replace('/log/', '/build/')), '404 LINK_UNKNOWN');
  assert.equal(await ask(url, { 'Last-Event-ID': '9.9.9.00000000' }), '404 LOG_CURSOR_UNKNOWN');
  assert.equal(await ask(url, { Origin: 'https://evil.example' }), '403 ORIGIN_REFUSED');
}
