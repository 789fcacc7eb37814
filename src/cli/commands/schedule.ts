import type { Api } from '../../api/routes/catalogue.ts';
import type { ReplyOf } from '../../api/routes/route.ts';
import { printable } from '../../api/stages.ts';
import { printJson } from '../print.ts';
import { command, usage } from '../spec.ts';
import { renderTable } from '../table.ts';
import { findAppName, findPlatform } from '../target.ts';

type Run = ReplyOf<Api['GET /dozen/v1/apps/:app/schedule-runs']>[number];

export const list = command({
  name: 'schedule',
  summary: 'lists what runs by itself, when it runs next, and how it ended last',
  onApp: true,
  options: {},
  examples: [['dozen schedule -a shop', 'those of app.json and those added by command']],
  async run({ app, json }) {
    const params = { app: findAppName(app) };
    const schedules = await findPlatform().ask('GET /dozen/v1/apps/:app/schedules', { params });
    if (json) return printJson(schedules);
    if (schedules.length === 0) {
      process.stdout.write(`Nothing of ${params.app} runs by a schedule\n`);
      return 0;
    }
    const rows = schedules.map(({ name, cron, timezone, overlap, from, next_at, last, command }) => [
      name,
      `${cron} ${timezone}`,
      next_at,
      last === null ? '' : `${last.planned_at} ${outcomeOf(last)}`,
      overlap,
      from,
      command,
    ]);
    const headings = ['NAME', 'CRON', 'NEXT', 'LAST', 'OVERLAP', 'FROM', 'COMMAND'];
    process.stdout.write(renderTable(headings, rows, process.stdout));
    return 0;
  },
});

export const add = command({
  name: 'schedule add',
  summary: 'runs a command by itself, as a one-off of the current release',
  takes: 'NAME -- COMMAND',
  min: 1,
  max: 1000,
  onApp: true,
  options: {
    cron: { type: 'string', value: 'CRON', help: 'minute hour day month weekday, or @hourly, @daily, …' },
    timezone: { type: 'string', value: 'TZ', help: 'whose clock, e.g. Europe/Berlin (default: UTC)' },
    overlap: {
      type: 'string',
      value: 'POLICY',
      help: 'while the run before runs on: skip (default), queue or allow',
    },
  },
  examples: [
    ['dozen schedule add tidy --cron "0 3 * * *" -a shop -- node tidy.js', 'each night at three, UTC'],
    [
      "dozen schedule add mail --cron '*/5 * * * *' --overlap queue -a shop -- 'node mail.js | cat'",
      'one line of shell',
    ],
  ],
  async run({ words: [name = '', ...line], app, options, json }) {
    if (line.length === 0) throw usage({ name: 'schedule add' }, 'the command is missing, after --');
    const { cron, timezone, overlap } = options;
    if (cron === null) throw usage({ name: 'schedule add' }, '--cron is missing');
    const params = { app: findAppName(app) };
    const body = {
      name,
      command: line.join(' '),
      cron,
      ...(timezone === null ? {} : { timezone }),
      ...(overlap === null ? {} : { overlap }),
    };
    const added = await findPlatform().ask('POST /dozen/v1/apps/:app/schedules', { params, body });
    if (json) return printJson(added);
    process.stdout.write(`Added: ${added.name} runs at ${added.next_at} for the first time\n`);
    return 0;
  },
});

export const remove = command({
  name: 'schedule remove',
  summary: 'removes one that was added by command; what is known of its runs stays',
  takes: 'NAME',
  min: 1,
  onApp: true,
  options: {},
  examples: [['dozen schedule remove tidy -a shop', 'a run that is under way goes on']],
  async run({ words: [schedule = ''], app, json }) {
    const params = { app: findAppName(app), schedule };
    const removed = await findPlatform().ask('DELETE /dozen/v1/apps/:app/schedules/:schedule', { params });
    if (json) return printJson(removed);
    process.stdout.write(`Removed: ${removed.name}\n`);
    return 0;
  },
});

export const run = command({
  name: 'schedule run',
  summary: 'runs one now, prints what it says and ends with its exit code',
  takes: 'NAME',
  min: 1,
  onApp: true,
  options: { detach: { type: 'boolean', help: 'do not wait for it' } },
  details: 'It runs on when this command is ended, and whatever its overlap says.',
  examples: [
    ['dozen schedule run tidy -a shop', 'now, and follow it'],
    ['dozen schedule run tidy --detach -a shop', 'now, and leave it'],
  ],
  async run({ words: [schedule = ''], app, options, json }) {
    const params = { app: findAppName(app), schedule };
    const call = 'POST /dozen/v1/apps/:app/schedules/:schedule/runs';
    const events = findPlatform().follow(call, { params, body: { detach: options.detach } });
    let code = 0;
    for await (const event of events) {
      if (event.kind === 'end') code = event.code;
      if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
      else if (event.kind === 'run') process.stderr.write(`Running as ${event.run.process}\n`);
      else if (event.kind === 'line') process.stdout.write(`${printable(event.text)}\n`);
      else if (event.code !== 0) process.stderr.write(`Ended: ${event.exit}\n`);
    }
    return code;
  },
});

export const runs = command({
  name: 'schedule runs',
  summary: 'lists what came of the moments that were due, newest first',
  takes: '[NAME]',
  max: 1,
  onApp: true,
  options: { number: { type: 'string', short: 'n', value: 'N', help: 'how many (default: 20)' } },
  examples: [['dozen schedule runs tidy -a shop', 'of one schedule']],
  async run({ words: [schedule], app, options, json }) {
    const params = { app: findAppName(app) };
    const query = {
      ...(schedule === undefined ? {} : { schedule }),
      ...(options.number === null ? {} : { limit: options.number }),
    };
    const found = await findPlatform().ask('GET /dozen/v1/apps/:app/schedule-runs', { params, query });
    if (json) return printJson(found);
    if (found.length === 0) process.stdout.write('Nothing has run yet\n');
    else {
      const rows = found.map((one) => [
        one.planned_at,
        one.schedule,
        outcomeOf(one),
        one.process ?? '',
        one.ended_at ?? '',
      ]);
      process.stdout.write(
        renderTable(['PLANNED', 'NAME', 'OUTCOME', 'PROCESS', 'ENDED'], rows, process.stdout),
      );
    }
    return 0;
  },
});

function outcomeOf({ outcome, exit, ended_at }: Run): string {
  if (outcome === 'started') return ended_at === null ? 'running' : (exit ?? '');
  return exit === null ? outcome : `${outcome}: ${exit}`;
}
