import { readFileSync } from 'node:fs';
import type { Api } from '../../api/routes/catalogue.ts';
import type { BodyOf, ReplyOf } from '../../api/routes/route.ts';
import { size } from '../../api/stages.ts';
import { userError } from '../../base/error.ts';
import { confirm } from '../confirm.ts';
import { followChange } from '../follow-change.ts';
import { printJson, printPairs } from '../print.ts';
import { command, usage } from '../spec.ts';
import { renderTable } from '../table.ts';
import { findAppName, findPlatform } from '../target.ts';

type Service = ReplyOf<Api['GET /dozen/v1/services/:service']>;

export const list = command({
  name: 'services',
  summary: 'lists backing services: kind, state, who is attached',
  options: { app: { type: 'string', short: 'a', value: 'APP', help: 'those of one app' } },
  examples: [
    ['dozen services', 'all of the platform'],
    ['dozen services -a shop', 'those that shop is attached to'],
  ],
  async run({ json, options: { app } }) {
    const all = await findPlatform().ask('GET /dozen/v1/services', {});
    const shown = all.filter(({ attachments }) => app === null || attachments.some((one) => one.app === app));
    if (json) return printJson(shown);
    if (shown.length === 0)
      process.stdout.write('There are no services: dozen services create KIND makes one\n');
    else {
      const rows = shown.map((one) => [one.name, kindOf(one), one.state, attachedText(one), sizeText(one)]);
      process.stdout.write(
        renderTable(['SERVICE', 'KIND', 'STATE', 'ATTACHED', 'SIZE'], rows, process.stdout),
      );
    }
    return 0;
  },
});

export const info = command({
  name: 'services info',
  summary: 'tells about one service',
  takes: 'NAME',
  min: 1,
  options: {},
  examples: [['dozen services info shop-database', 'kind, state, attachments, size, last backup']],
  async run({ words: [name = ''], json }) {
    const service = await findPlatform().ask('GET /dozen/v1/services/:service', {
      params: { service: name },
    });
    if (json) return printJson(service);
    const { last_backup: backup } = service;
    printPairs([
      ['Name', service.name],
      ['Kind', kindOf(service)],
      ['State', service.why === null ? service.state : `${service.state}: ${service.why}`],
      ['Attached', attachedText(service)],
      ['Size', sizeText(service)],
      ['Last backup', backup === null ? 'none known' : `${backup.at} (${size(backup.size)})`],
      ['Made', service.created_at],
    ]);
    return 0;
  },
});

export const create = command({
  name: 'services create',
  summary: 'makes a service, and attaches it when an app is named',
  takes: 'KIND[:VERSION]',
  min: 1,
  options: {
    app: { type: 'string', short: 'a', value: 'APP', help: 'the app to attach it to: one release' },
    name: {
      type: 'string',
      value: 'NAME',
      help: 'its name (default: of the app and the variable, or the kind)',
    },
    as: {
      type: 'string',
      value: 'VARIABLE',
      help: "the variable (default: the kind's own, e.g. DATABASE_URL)",
    },
    url: {
      type: 'string',
      value: 'URL',
      help: 'of a url service; seen in the history and the list of processes',
    },
    'url-stdin': { type: 'boolean', help: 'the URL is what standard input holds' },
  },
  details: `KIND is postgres or redis, which Dozen runs, or url: a service that somebody else runs, or another app, known by its URL.
postgres:18 asks for a major version.`,
  examples: [
    ['dozen services create postgres -a shop', 'a database, as DATABASE_URL of shop'],
    ['dozen services create postgres --name reports', 'one that no app is attached to yet'],
    ['dozen services create url --name crm --as CRM_URL --url-stdin -a shop < url', "somebody else's"],
    [
      'dozen services create url --name stock --as STOCK_URL --url http://stock.localhost:8080/ -a shop',
      'the app stock',
    ],
  ],
  async run({ words: [plan = ''], json, options }) {
    const { app, name, as, url } = options;
    const given = options['url-stdin'] ? readFileSync(0, 'utf8').trim() : url;
    if (as !== null && app === null) throw usage({ name: 'services create' }, '--as needs an app (-a APP)');
    const body: BodyOf<Api['POST /dozen/v1/services']> = {
      plan,
      ...(name === null ? {} : { name }),
      ...(given === null ? {} : { url: given }),
      ...(app === null ? {} : { app }),
      ...(as === null ? {} : { variable: as }),
    };
    const client = findPlatform();
    const { reply, change } = await client.change('POST /dozen/v1/services', { body });
    if (json && change === null) return printJson(reply);
    if (!json) process.stdout.write(`Made ${reply.name} (${kindOf(reply)})\n`);
    await followChange(client, change, { json });
    return 0;
  },
});

export const attach = command({
  name: 'services attach',
  summary: 'binds a service to an app under a variable: one release',
  takes: 'NAME',
  min: 1,
  onApp: true,
  options: {
    as: {
      type: 'string',
      value: 'VARIABLE',
      help: "the variable (default: the kind's own, e.g. DATABASE_URL)",
    },
  },
  examples: [['dozen services attach reports --as REPORTS_URL -a shop', 'a second database for shop']],
  async run({ words: [service = ''], app, json, options: { as } }) {
    const client = findPlatform();
    const body = { service, ...(as === null ? {} : { variable: as }) };
    const params = { app: findAppName(app) };
    const { change } = await client.change('POST /dozen/v1/apps/:app/services', { params, body });
    await followChange(client, change, { json });
    return 0;
  },
});

export const detach = command({
  name: 'services detach',
  summary: 'takes a service away from an app: one release, then its credential works no longer',
  takes: 'VARIABLE|NAME',
  min: 1,
  onApp: true,
  options: {},
  details: 'The service stays, with its data. By its name it is detached from all of its variables.',
  examples: [['dozen services detach REPORTS_URL -a shop', 'shop has it no more']],
  async run({ words: [name = ''], app, json }) {
    const client = findPlatform();
    const params = { app: findAppName(app), name };
    const { change } = await client.change('DELETE /dozen/v1/apps/:app/services/:name', { params });
    await followChange(client, change, { json });
    return 0;
  },
});

export const swap = command({
  name: 'services swap',
  summary: 'puts a service in the place of another: one release',
  takes: 'OLD NEW',
  min: 2,
  onApp: true,
  options: {},
  details:
    'The variables of OLD are those of NEW from now on. The data is not copied: back up OLD and restore it into NEW first.',
  examples: [['dozen services swap shop-database crm -a shop', 'the same app over another service']],
  async run({ words: [from = '', to = ''], app, json }) {
    const client = findPlatform();
    const params = { app: findAppName(app) };
    const { change } = await client.change('POST /dozen/v1/apps/:app/services/swap', {
      params,
      body: { from, to },
    });
    await followChange(client, change, { json });
    return 0;
  },
});

export const rotate = command({
  name: 'services rotate',
  summary: 'gives its apps a new credential each, without a gap',
  takes: 'NAME',
  min: 1,
  options: { app: { type: 'string', short: 'a', value: 'APP', help: 'of one app alone' } },
  details: `Processes are replaced while both credentials work; then the old one is taken back. The release stays the same: what it names
is the service.`,
  examples: [['dozen services rotate shop-database', 'in every app that has it']],
  async run({ words: [service = ''], json, options: { app } }) {
    const client = findPlatform();
    const body = app === null ? {} : { app };
    const call = 'POST /dozen/v1/services/:service/rotate';
    const { change } = await client.change(call, { params: { service }, body });
    await followChange(client, change, { json });
    return 0;
  },
});

export const setUrl = command({
  name: 'services set-url',
  summary: "gives somebody else's service another URL, in every app that has it",
  takes: 'NAME',
  min: 1,
  options: {
    url: { type: 'string', value: 'URL', help: 'seen in the history and the list of processes' },
    'url-stdin': { type: 'boolean', help: 'the URL is what standard input holds' },
  },
  examples: [['dozen services set-url crm --url-stdin < url', 'its processes are replaced']],
  async run({ words: [service = ''], json, options }) {
    const url = options['url-stdin'] ? readFileSync(0, 'utf8').trim() : options.url;
    if (url === null) throw usage({ name: 'services set-url' }, 'no URL is given: --url-stdin or --url');
    const client = findPlatform();
    const call = 'PUT /dozen/v1/services/:service/url';
    const { reply, change } = await client.change(call, { params: { service }, body: { url } });
    if (json && change === null) return printJson(reply);
    await followChange(client, change, { json });
    return 0;
  },
});

export const destroy = command({
  name: 'services destroy',
  summary: 'ends a service for good, with its data',
  takes: 'NAME',
  min: 1,
  options: { confirm: { type: 'string', value: 'NAME', help: 'the name once more, instead of asking' } },
  details: 'One that an app is attached to is refused. There is no way back but a backup.',
  examples: [['dozen services destroy reports --confirm reports', 'without asking']],
  async run({ words: [name = ''], json, options }) {
    const client = findPlatform();
    const params = { service: name };
    await client.ask('GET /dozen/v1/services/:service', { params });
    await confirmed(name, { given: options.confirm, doing: 'destroy', command: `services destroy ${name}` });
    const service = await client.ask('DELETE /dozen/v1/services/:service', { params });
    if (json) return printJson(service);
    process.stdout.write(`Destroyed ${service.name}\n`);
    return 0;
  },
});

export interface Confirmation {
  readonly given: string | null;
  /** E.g. `destroy`. */
  readonly doing: string;
  /** To be typed with `--confirm`. */
  readonly command: string;
}

/** @throws NOT_CONFIRMED */
export async function confirmed(name: string, { given, doing, command: typed }: Confirmation): Promise<void> {
  const answer = given ?? (await confirm(`Type ${name} to ${doing} it: `));
  if (answer === name) return;
  throw userError('NOT_CONFIRMED', `Cannot ${doing} ${name}: its name was not given once more`, {
    hint: `dozen ${typed} --confirm ${name}`,
  });
}

function kindOf({ kind, version }: Service): string {
  return version === null ? kind : `${kind} ${version}`;
}

function attachedText({ attachments }: Service): string {
  return attachments.map(({ app, variable }) => `${app}: ${variable}`).join(', ');
}

function sizeText({ size: bytes }: Service): string {
  return bytes === null ? '' : size(bytes);
}
