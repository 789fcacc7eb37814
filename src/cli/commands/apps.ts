import { size } from '../../api/stages.ts';
import { userError } from '../../base/error.ts';
import { confirm } from '../confirm.ts';
import { printJson, printPairs } from '../print.ts';
import { command, usage } from '../spec.ts';
import { renderTable } from '../table.ts';
import { findAppName, findPlatform } from '../target.ts';

export const list = command({
  name: 'apps',
  summary: 'lists the apps of the platform',
  options: {},
  examples: [
    ['dozen apps', 'name, release and address of each'],
    ['dozen apps --json', 'for programs'],
  ],
  async run({ json }) {
    const apps = await findPlatform().ask('GET /apps', {});
    if (json) return printJson(apps);
    if (apps.length === 0) process.stdout.write('There are no apps yet: dozen apps create NAME makes one\n');
    else {
      const rows = apps.map(({ name, released_at, web_url }) => [
        name,
        released_at ?? 'not yet',
        web_url ?? '',
      ]);
      process.stdout.write(renderTable(['APP', 'RELEASED', 'ADDRESS'], rows, process.stdout));
    }
    return 0;
  },
});

export const create = command({
  name: 'apps create',
  summary: 'makes an app',
  takes: 'NAME',
  min: 1,
  options: {},
  details: 'NAME is its host label: 1 to 30 of a-z, 0-9 and "-", starting with a letter.',
  examples: [
    ['dozen apps create shop', 'an app named shop'],
    ['dozen git:remote -a shop', 'then: push this repository to it'],
  ],
  async run({ words: [name = ''], json }) {
    const app = await findPlatform().ask('POST /apps', { body: { name } });
    if (json) return printJson(app);
    process.stdout.write(`Made ${app.name}. Next: dozen git:remote -a ${app.name} && git push dozen main\n`);
    return 0;
  },
});

export const info = command({
  name: 'apps info',
  summary: 'tells about one app',
  onApp: true,
  options: {},
  examples: [['dozen apps info -a shop', 'its address, release and sizes']],
  async run({ app: given, json }) {
    const client = findPlatform();
    const app = await client.ask('GET /apps/:app', { params: { app: findAppName(given) } });
    if (json) return printJson(app);
    printPairs([
      ['Name', app.name],
      ['Address', app.web_url ?? ''],
      ['Git', app.git_url],
      ['Released', app.released_at ?? 'not yet'],
      ['Slug', app.slug_size === null ? '' : size(app.slug_size)],
      ['Owner', app.owner.email],
      ['Made', app.created_at],
    ]);
    return 0;
  },
});

export const rename = command({
  name: 'apps rename',
  summary: 'gives an app another name, and with it another address',
  takes: 'NEW-NAME',
  min: 1,
  onApp: true,
  options: {},
  examples: [['dozen apps rename store -a shop', 'shop is store from now on']],
  async run({ words: [name = ''], app: given, json }) {
    const params = { app: findAppName(given) };
    const app = await findPlatform().ask('PATCH /apps/:app', { params, body: { name } });
    if (json) return printJson(app);
    process.stdout.write(`${params.app} is ${app.name} from now on: ${app.web_url}\n`);
    return 0;
  },
});

export const destroy = command({
  name: 'apps destroy',
  summary: 'ends an app for good: its processes, config and log',
  onApp: true,
  options: { confirm: { type: 'string', value: 'APP', help: 'the name once more, instead of asking' } },
  details:
    'Its services stay, with their data. Its releases stay in the ledger; their config can be read by nobody any more.',
  examples: [['dozen apps destroy -a shop --confirm shop', 'without asking']],
  async run({ app: given, json, options }) {
    const name = findAppName(given);
    const client = findPlatform();
    await client.ask('GET /apps/:app', { params: { app: name } });
    const answer = options.confirm ?? (await confirm(`Type ${name} to destroy it: `));
    if (answer !== name) {
      throw userError('NOT_CONFIRMED', `Cannot destroy ${name}: its name was not given once more`, {
        hint: `dozen apps destroy -a ${name} --confirm ${name}`,
      });
    }
    const app = await client.ask('DELETE /apps/:app', { params: { app: name } });
    if (json) return printJson(app);
    process.stdout.write(`Destroyed ${app.name}\n`);
    return 0;
  },
});

export const maintenance = command({
  name: 'apps maintenance',
  summary: 'answers requests with a page that says so; without a word, tells whether it does',
  takes: '[on|off]',
  max: 1,
  onApp: true,
  options: {},
  details: 'Processes run on, and so do requests under way. The page has status 503.',
  examples: [
    ['dozen apps maintenance on -a shop', 'from now on'],
    ['dozen apps maintenance -a shop', 'on or off'],
  ],
  async run({ words: [wish], app: given, json }) {
    if (wish !== undefined && wish !== 'on' && wish !== 'off')
      throw usage({ name: 'apps maintenance' }, `${JSON.stringify(wish)} is neither on nor off`);
    const client = findPlatform();
    const params = { app: findAppName(given) };
    const app =
      wish === undefined
        ? await client.ask('GET /apps/:app', { params })
        : await client.ask('PATCH /apps/:app', { params, body: { maintenance: wish === 'on' } });
    if (json) return printJson(app);
    process.stdout.write(`Maintenance of ${app.name} is ${app.maintenance ? 'on' : 'off'}\n`);
    return 0;
  },
});
