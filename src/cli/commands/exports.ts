import { followChange } from '../follow-change.ts';
import { printJson } from '../print.ts';
import { command, usage } from '../spec.ts';
import { renderTable } from '../table.ts';
import { findAppName, findPlatform } from '../target.ts';

export const list = command({
  name: 'exports',
  summary: 'lists the process types that are reached over TCP',
  onApp: true,
  options: {},
  examples: [['dozen exports -a broker', 'port and ready processes of each']],
  async run({ app, json }) {
    const params = { app: findAppName(app) };
    const exported = await findPlatform().ask('GET /dozen/v1/apps/:app/exports', { params });
    if (json) return printJson(exported);
    if (exported.length === 0) process.stdout.write(`Nothing of ${params.app} is exported\n`);
    else {
      const rows = exported.map(({ type, port, processes }) => [type, String(port), String(processes)]);
      process.stdout.write(renderTable(['TYPE', 'PORT', 'READY'], rows, process.stdout));
    }
    return 0;
  },
});

export const add = command({
  name: 'exports add',
  summary: 'makes a process type reachable over TCP, on a port of this machine',
  takes: 'TYPE',
  min: 1,
  onApp: true,
  options: { port: { type: 'string', value: 'N', help: 'that port (default: a free one)' } },
  details: 'Its processes are replaced: each gets a PORT and is ready when it listens there.',
  examples: [
    ['dozen exports add mqtt -a broker', 'on a free port'],
    ['dozen exports add mqtt --port 1883 -a broker', 'on that one'],
  ],
  async run({ words: [type = ''], app, json, options }) {
    const port = options.port === null ? null : Number(options.port);
    if (port !== null && !Number.isInteger(port))
      throw usage({ name: 'exports add' }, '--port is not a number');
    const client = findPlatform();
    const params = { app: findAppName(app) };
    const call = 'POST /dozen/v1/apps/:app/exports';
    const { change } = await client.change(call, { params, body: { type, port } });
    await followChange(client, change, { json });
    return 0;
  },
});

export const remove = command({
  name: 'exports remove',
  summary: 'takes an export back',
  takes: 'TYPE',
  min: 1,
  onApp: true,
  options: {},
  examples: [['dozen exports remove mqtt -a broker', 'its processes are replaced by some without a port']],
  async run({ words: [type = ''], app, json }) {
    const client = findPlatform();
    const params = { app: findAppName(app), type };
    const { change } = await client.change('DELETE /dozen/v1/apps/:app/exports/:type', { params });
    await followChange(client, change, { json });
    return 0;
  },
});
