import { printJson } from '../print.ts';
import { command } from '../spec.ts';
import { renderTable } from '../table.ts';
import { findAppName, findPlatform } from '../target.ts';

export const list = command({
  name: 'domains',
  summary: 'lists the hosts the app answers at',
  onApp: true,
  options: {},
  examples: [['dozen domains -a shop', "its own and the platform's"]],
  async run({ app, json }) {
    const params = { app: findAppName(app) };
    const domains = await findPlatform().ask('GET /apps/:app/domains', { params });
    if (json) return printJson(domains);
    const rows = domains.map(({ hostname, kind }) => [
      hostname,
      kind === 'heroku' ? 'of the platform' : 'own',
    ]);
    process.stdout.write(renderTable(['HOST', 'KIND'], rows, process.stdout));
    return 0;
  },
});

export const add = command({
  name: 'domains add',
  summary: 'makes the app answer at another host',
  takes: 'HOST',
  min: 1,
  onApp: true,
  options: {},
  details: `"*." before a name stands for any one label: *.example.org is a.example.org, and neither example.org nor a.b.example.org. A host
that is added by itself goes before it. Point the name at this machine yourself.`,
  examples: [
    ['dozen domains add www.example.org -a shop', 'one host'],
    ['dozen domains add "*.example.org" -a shop', 'all under a name'],
  ],
  async run({ words: [hostname = ''], app, json }) {
    const params = { app: findAppName(app) };
    const domain = await findPlatform().ask('POST /apps/:app/domains', { params, body: { hostname } });
    if (json) return printJson(domain);
    process.stdout.write(`${params.app} answers at ${domain.hostname}\n`);
    return 0;
  },
});

export const remove = command({
  name: 'domains remove',
  summary: 'makes the app answer at a host no more',
  takes: 'HOST',
  min: 1,
  onApp: true,
  options: {},
  examples: [['dozen domains remove www.example.org -a shop', 'requests to it get a 404']],
  async run({ words: [domain = ''], app, json }) {
    const params = { app: findAppName(app), domain };
    const removed = await findPlatform().ask('DELETE /apps/:app/domains/:domain', { params });
    if (json) return printJson(removed);
    process.stdout.write(`${params.app} answers at ${removed.hostname} no more\n`);
    return 0;
  },
});
