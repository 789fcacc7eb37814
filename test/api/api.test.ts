import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { catalogue } from '../../src/api/routes/catalogue.ts';
import { callName, openHerokuSchema } from '../heroku/heroku-schema.ts';
import { deploy, eventually, helloFiles, makeApp } from '../parts/platform-run.ts';
import { cli, removeServer, type ServerRun, startServer } from '../parts/server-run.ts';
import { askAddons } from './addon-answers.ts';
import { askSources } from './source-answers.ts';
import { askStreams } from './stream-answers.ts';

const schema = openHerokuSchema();
const calls = Object.keys(catalogue);
const foreign = `dozen_${'A'.repeat(43)}`;

describe('the API', { timeout: 120_000 }, () => {
  let run: ServerRun;
  let folder: string;
  /** Calls whose answers were checked. */
  const checked = new Set<string>();

  before(async () => {
    run = await startServer();
    folder = makeApp(helloFiles);
    await cli(run.home, ['apps', 'create', 'hello']);
    await deploy(run.home, { app: 'hello', folder, from: 'commit' });
  });
  after(() => removeServer(run));

  interface Asked {
    readonly body?: unknown;
    readonly token?: string | null;
    readonly headers?: Readonly<Record<string, string>>;
  }

  async function ask(call: string, { body, token = run.token, headers = {} }: Asked = {}) {
    const [method = 'GET', target = '/'] = call.split(' ');
    const response = await fetch(new URL(target, run.apiUrl), {
      method,
      headers: {
        Accept: 'application/vnd.heroku+json; version=3',
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    const isJson = type.startsWith('application/json');
    return { status: response.status, headers: response.headers, answer: isJson ? JSON.parse(text) : text };
  }

  /** Asks with everything in order, and checks the answer against the published schema. */
  async function works(key: string, call = key, body?: unknown): Promise<never> {
    const { status, answer } = await ask(call, { body });
    assert.ok(status >= 200 && status < 300, `${call}: ${status} ${JSON.stringify(answer)}`);
    const [method = '', href = ''] = key.split(' ');
    const complaint = schema.complaint(callName(method, href), answer);
    if (complaint !== undefined) {
      assert.equal(complaint, null, `${key} is not as published`);
      checked.add(key);
    }
    return answer as never;
  }

  test('no call is answered without a token, nor to a foreign one', async () => {
    for (const key of calls) {
      const call = key.replaceAll(/:\w+/g, 'hello');
      for (const token of [null, foreign, 'Basic']) {
        const { status, answer } = await ask(call, { token });
        assert.equal(status, 401, `${call} with ${token}`);
        assert.equal(answer.id, 'unauthorized');
        assert.equal(answer.code, 'TOKEN_REFUSED');
      }
    }
  });

  test('no call is answered under a name that is not its own, nor to a page from elsewhere', async () => {
    for (const [name, value, status] of [
      ['Origin', 'https://evil.example', 403],
      ['Origin', 'null', 403],
    ] as const) {
      const got = await ask('GET /apps', { headers: { [name]: value } });
      assert.equal(got.status, status, `${name}: ${value}`);
    }
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      const headers = { Host: 'evil.example', Authorization: `Bearer ${run.token}` };
      request(new URL('/apps', run.apiUrl), { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .once('error', reject)
        .end();
    });
    assert.equal(status, 421);
  });

  test('bad calls have coded answers', async () => {
    const cases: [string, Asked, number, string][] = [
      ['GET /nope', {}, 404, 'CALL_UNKNOWN'],
      ['GET /apps/nope', {}, 404, 'APP_UNKNOWN'],
      ['GET /apps/..%2F..%2Fetc', {}, 404, 'APP_UNKNOWN'],
      ['POST /apps', { body: '{"name":' }, 400, 'CALL_MALFORMED'],
      ['POST /apps', { body: { name: 7 } }, 400, 'REQUEST_INVALID'],
      ['POST /apps', { body: '[]' }, 400, 'REQUEST_INVALID'],
      ['POST /apps', { body: `{"name":"${'x'.repeat(10 * 1024 * 1024)}"}` }, 413, 'CALL_TOO_LARGE'],
      ['POST /apps', { body: 'name=x', headers: { 'Content-Type': 'text/plain' } }, 400, 'REQUEST_INVALID'],
      [
        'POST /apps',
        { body: '{}', headers: { 'Content-Type': 'application/octet-stream' } },
        400,
        'REQUEST_INVALID',
      ],
      ['PUT /dozen/v1/services/nope/data', { body: '{}' }, 400, 'REQUEST_INVALID'],
      ['GET /dozen/v1/services/nope', {}, 404, 'SERVICE_UNKNOWN'],
      ['GET /dozen/v1/services/nope/backup', {}, 404, 'SERVICE_UNKNOWN'],
      ['GET /addons/..%2Fnope', {}, 404, 'SERVICE_UNKNOWN'],
      ['GET /addon-attachments/nope', {}, 404, 'ATTACHMENT_UNKNOWN'],
      ['GET /addon-services/nope', {}, 404, 'SERVICE_KIND_UNKNOWN'],
      ['GET /plans/postgres:7', {}, 404, 'SERVICE_VERSION_UNKNOWN'],
      ['POST /apps/hello/addons', { body: { plan: 'mysql' } }, 404, 'SERVICE_KIND_UNKNOWN'],
      ['POST /apps/hello/addons', { body: { plan: 'A B' } }, 422, 'SERVICE_PLAN_INVALID'],
      ['POST /apps/hello/addons', { body: { plan: 'url' } }, 422, 'SERVICE_URL_MISSING'],
      [
        'POST /apps/hello/addons',
        { body: { plan: 'url', name: '../x', config: { url: 'https://x/' } } },
        422,
        'SERVICE_NAME_INVALID',
      ],
      [
        'POST /apps/hello/addons',
        { body: { plan: 'url', config: { url: 'x' } } },
        422,
        'SERVICE_URL_INVALID',
      ],
      ['PATCH /apps/hello/config-vars', { body: { A: { b: 1 } } }, 400, 'REQUEST_INVALID'],
      ['PATCH /apps/hello/config-vars', { body: { 'A B': '1' } }, 422, 'CONFIG_NAME_INVALID'],
      ['PATCH /apps/hello/config-vars', { body: { A: 'x\0y' } }, 422, 'CONFIG_VALUE_INVALID'],
      [
        'PATCH /apps/hello/formation',
        { body: { updates: [{ type: 'web', quantity: 10_000 }] } },
        422,
        'SCALING_INVALID',
      ],
      [
        'PATCH /apps/hello/formation',
        { body: { updates: [{ type: 'web', quantity: '--1' }] } },
        422,
        'SCALING_INVALID',
      ],
      ['POST /apps/hello/dynos', { body: { command: 'true', size: 'huge' } }, 422, 'PROCESS_SIZE_INVALID'],
      ['GET /apps/hello/releases/99', {}, 404, 'RELEASE_UNKNOWN'],
      ['GET /dozen/v1/changes/nope/events', {}, 404, 'CHANGE_UNKNOWN'],
      ['GET /apps/hello/builds/nope', {}, 404, 'BUILD_UNKNOWN'],
      ['GET /apps/hello/slugs/nope', {}, 404, 'SLUG_UNKNOWN'],
      ['GET /dozen/v1/apps/hello/diff?to=1', {}, 404, 'RELEASE_UNKNOWN'],
      ['GET /dozen/v1/apps/hello/diff?from=99', {}, 404, 'RELEASE_UNKNOWN'],
      ['GET /dozen/v1/apps/hello/logs?num=x', {}, 400, 'REQUEST_INVALID'],
      ['GET /dozen/v1/apps/hello/logs?source=x', {}, 400, 'REQUEST_INVALID'],
      ['POST /apps/hello/log-sessions', { body: { source: 'x' } }, 400, 'REQUEST_INVALID'],
      ['PATCH /dozen/v1/apps/hello/retention', { body: { kept_builds: 0 } }, 422, 'KEPT_BUILDS_INVALID'],
    ];
    for (const [call, asked, status, code] of cases) {
      const got = await ask(call, asked);
      assert.equal(got.status, status, `${call}: ${JSON.stringify(got.answer).slice(0, 200)}`);
      assert.equal(got.answer.code, code, call);
      assert.equal(typeof got.answer.id, 'string');
    }
  });

  test('every answer of a call that Heroku has is as published', async () => {
    await works('GET /account');
    await works('GET /users/~');
    await works('GET /apps');
    await works('GET /users/~/apps');
    await works('GET /apps/:app', 'GET /apps/hello');
    await works('GET /regions');
    await works('GET /stacks');
    await works('POST /apps', 'POST /apps', { name: 'other-app' });
    await works('PATCH /apps/:app', 'PATCH /apps/other-app', { name: 'third-app' });
    await works('PATCH /apps/:app/config-vars', 'PATCH /apps/hello/config-vars', { A: '1', B: null });
    await works('GET /apps/:app/config-vars', 'GET /apps/hello/config-vars');
    await works('GET /apps/:app/releases/:release/config-vars', 'GET /apps/hello/releases/1/config-vars');
    const releases = (await works('GET /apps/:app/releases', 'GET /apps/hello/releases')) as { id: string }[];
    await works('GET /apps/:app/releases/:release', `GET /apps/hello/releases/${releases[0]?.id}`);
    await works('POST /apps/:app/releases', 'POST /apps/hello/releases', { release: releases[0]?.id });
    await works('GET /apps/:app/formation', 'GET /apps/hello/formation');
    await works('GET /apps/:app/formation/:type', 'GET /apps/hello/formation/web');
    const scaled = (await works('PATCH /apps/:app/formation', 'PATCH /apps/hello/formation', {
      updates: [{ type: 'web', quantity: '+1' }],
    })) as { quantity: number }[];
    assert.equal(scaled[0]?.quantity, 2, 'what was asked for is answered');
    await works('PATCH /apps/:app/formation/:type', 'PATCH /apps/hello/formation/web', { quantity: 1 });
    await works('GET /dyno-sizes');
    const dynos = (await works('GET /apps/:app/dynos', 'GET /apps/hello/dynos')) as { name: string }[];
    await works('GET /apps/:app/dynos/:dyno', `GET /apps/hello/dynos/${dynos[0]?.name}`);
    for (const call of [
      'DELETE /apps/:app/dynos',
      'DELETE /apps/:app/dynos/:dyno',
      'DELETE /apps/:app/formations/:type',
      'POST /apps/:app/dynos/:dyno/actions/stop',
      'POST /apps/:app/formations/:type/actions/stop',
    ])
      await works(call, call.replace(':app', 'hello').replace(':dyno', 'web.1').replace(':type', 'web'));
    const attached = (await works('POST /apps/:app/dynos', 'POST /apps/hello/dynos', {
      attach: true,
      command: 'sleep 1000',
      size: 'standard-2x',
      env: { TERM: 'xterm', COLUMNS: 80, LINES: 24 },
    })) as { name: string; size: string; attach_url: string };
    assert.match(attached.attach_url, new RegExp(`^rendezvous://${new URL(run.apiUrl).host}/[\\w-]{32}$`));
    assert.equal(attached.size, 'Standard-2X');
    const seen = (await works('GET /apps/:app/dynos/:dyno', `GET /apps/hello/dynos/${attached.name}`)) as {
      size: string;
    };
    assert.equal(seen.size, 'Standard-2X');
    await works(
      'POST /apps/:app/dynos/:dyno/actions/stop',
      `POST /apps/hello/dynos/${attached.name}/actions/stop`,
    );
    await works('POST /apps/:app/dynos', 'POST /apps/hello/dynos', { attach: false, command: 'true' });
    const token = (await works('POST /oauth/authorizations', 'POST /oauth/authorizations', {
      description: 'test',
      scope: ['read'],
      expires_in: 60,
    })) as { id: string };
    await works('GET /oauth/authorizations');
    await works('GET /oauth/authorizations/:authorization', `GET /oauth/authorizations/${token.id}`);
    await works('DELETE /oauth/authorizations/:authorization', `DELETE /oauth/authorizations/${token.id}`);
    await askStreams(works, 'hello');
    await askSources(works, 'hello', folder);
    await askAddons(works, 'hello');
    await reachAnswers();
    await pipelineAnswers();
    await works('DELETE /apps/:app', 'DELETE /apps/third-app');
    const published = calls.filter((key) => {
      const [method = '', href = ''] = key.split(' ');
      return schema.complaint(callName(method, href), null) !== undefined;
    });
    assert.deepEqual(
      published.filter((key) => !checked.has(key)),
      [],
      'each was asked and checked',
    );
  });

  async function reachAnswers(): Promise<void> {
    const domains = 'GET /apps/:app/domains';
    const made = (await works('POST /apps/:app/domains', 'POST /apps/hello/domains', {
      hostname: '*.example.org',
      sni_endpoint: null,
    })) as { id: string };
    await works(domains, 'GET /apps/hello/domains');
    assert.deepEqual(await works('GET /apps/:app/sni-endpoints', 'GET /apps/hello/sni-endpoints'), []);
    await works('GET /apps/:app/domains/:domain', 'GET /apps/hello/domains/hello.localhost');
    await works('DELETE /apps/:app/domains/:domain', `DELETE /apps/hello/domains/${made.id}`);
  }

  async function pipelineAnswers(): Promise<void> {
    type Named = { id: string; name: string };
    const pipeline = (await works('POST /pipelines', 'POST /pipelines', {
      name: 'shop',
      owner: { id: '01234567-89ab-cdef-0123-456789abcdef', type: 'user' },
      generation: { name: 'cedar' },
    })) as Named;
    const found = (await works('GET /pipelines', 'GET /pipelines?eq[name]=shop')) as Named[];
    assert.deepEqual(
      found.map(({ id }) => id),
      [pipeline.id],
    );
    assert.deepEqual(await works('GET /pipelines', 'GET /pipelines?eq[name]=none'), []);
    await works('GET /pipelines/:pipeline', 'GET /pipelines/shop');
    await works('PATCH /pipelines/:pipeline', `PATCH /pipelines/${pipeline.id}`, { name: 'store' });
    const couple = async (app: string, stage: string): Promise<string> =>
      (
        (await works('POST /pipeline-couplings', 'POST /pipeline-couplings', {
          app,
          pipeline: pipeline.id,
          stage,
        })) as Named
      ).id;
    const coupling = await couple('hello', 'staging');
    const other = await couple('third-app', 'development');
    await works('GET /pipeline-couplings');
    await works('GET /pipeline-couplings/:coupling', `GET /pipeline-couplings/${coupling}`);
    await works('PATCH /pipeline-couplings/:coupling', `PATCH /pipeline-couplings/${other}`, {
      stage: 'production',
    });
    await works('GET /apps/:app/pipeline-couplings', 'GET /apps/hello/pipeline-couplings');
    const all = (await works(
      'GET /pipelines/:pipeline/pipeline-couplings',
      `GET /pipelines/${pipeline.id}/pipeline-couplings`,
    )) as { app: { id: string } }[];
    const ids = all.map(({ app }) => app.id);
    const apps = (await works('POST /filters/apps', 'POST /filters/apps', {
      in: { id: [...ids, 'gone'] },
    })) as Named[];
    assert.deepEqual(
      apps.map(({ name }) => name),
      ['hello', 'third-app'],
    );
    const promotion = (await works('POST /pipeline-promotions', 'POST /pipeline-promotions', {
      pipeline: { id: pipeline.id },
      source: { app: { id: ids[0] } },
      targets: [{ app: { id: ids[1] } }],
    })) as Named;
    await works('GET /pipeline-promotions/:promotion', `GET /pipeline-promotions/${promotion.id}`);
    const key = 'GET /pipeline-promotions/:promotion/promotion-targets';
    const call = `GET /pipeline-promotions/${promotion.id}/promotion-targets`;
    let targets: { status: string; release: unknown }[] = [];
    await eventually(
      async () => {
        targets = await works(key, call);
        return targets.every(({ status }) => status !== 'pending');
      },
      { what: 'the promotion has ended' },
    );
    assert.equal(targets[0]?.status, 'succeeded');
    assert.notEqual(targets[0]?.release, null);
    await works('DELETE /pipeline-couplings/:coupling', `DELETE /pipeline-couplings/${other}`);
    await works('DELETE /pipelines/:pipeline', `DELETE /pipelines/${pipeline.id}`);
  }

  test('a list is cut and continued by ranges', async () => {
    const first = await ask('GET /apps/hello/releases', {
      headers: { Range: 'version ..; order=desc,max=2' },
    });
    assert.equal(first.status, 206);
    const versions = (answer: { version: number }[]): number[] => answer.map(({ version }) => version);
    const [newest = 0] = versions(first.answer);
    assert.deepEqual(versions(first.answer), [newest, newest - 1]);
    const next = first.headers.get('next-range') ?? '';
    const second = await ask('GET /apps/hello/releases', { headers: { Range: next } });
    assert.deepEqual(versions(second.answer)[0], newest - 2);
  });
});
