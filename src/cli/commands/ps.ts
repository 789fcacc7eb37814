import { seconds } from '../../api/stages.ts';
import { parseScaling } from '../../factors/08-concurrency/formation.ts';
import { followChange } from '../follow-change.ts';
import { printJson } from '../print.ts';
import { command } from '../spec.ts';
import { renderTable } from '../table.ts';
import { findAppName, findPlatform } from '../target.ts';

export const list = command({
  name: 'ps',
  summary: "lists the app's processes",
  onApp: true,
  options: {},
  examples: [['dozen ps -a shop', 'name, state, release and age of each']],
  async run({ app, json }) {
    const params = { app: findAppName(app) };
    const processes = await findPlatform().ask('GET /dozen/v1/apps/:app/processes', { params });
    if (json) return printJson(processes);
    if (processes.length === 0) process.stdout.write(`Nothing runs of ${params.app}\n`);
    else {
      const rows = processes.map((one) => [
        one.process,
        one.exit === null ? one.state : `${one.state}: ${one.exit}`,
        one.release === null ? '' : `v${one.release}`,
        age(Date.now() - Date.parse(one.started_at)),
        one.pid === null ? '' : String(one.pid),
        one.port === null ? '' : String(one.port),
        one.crashes === 0 ? '' : `${one.crashes} in a row`,
      ]);
      const headings = ['PROCESS', 'STATE', 'RELEASE', 'AGE', 'PID', 'PORT', 'CRASHES'];
      process.stdout.write(renderTable(headings, rows, process.stdout));
    }
    return 0;
  },
});

export const scale = command({
  name: 'ps scale',
  summary: 'changes how many processes of each type run; without words, shows how many do',
  takes: '[TYPE=N | TYPE+N | TYPE-N]…',
  max: 100,
  onApp: true,
  options: {},
  examples: [
    ['dozen ps scale web=3 worker+1 -a shop', 'three of web, one worker more'],
    ['dozen ps scale -a shop', 'the formation as it is'],
  ],
  async run({ words, app, json }) {
    const client = findPlatform();
    const params = { app: findAppName(app) };
    if (words.length === 0) {
      const formation = await client.ask('GET /apps/:app/formation', { params });
      if (json) return printJson(formation);
      const rows = formation.map(({ type, quantity, size, command }) => [
        type,
        String(quantity),
        size,
        command,
      ]);
      process.stdout.write(renderTable(['TYPE', 'QUANTITY', 'SIZE', 'COMMAND'], rows, process.stdout));
      return 0;
    }
    const updates = words.map(parseScaling).map(({ type, kind, quantity }) => ({
      type,
      quantity: kind === 'set' ? quantity : quantity < 0 ? String(quantity) : `+${quantity}`,
    }));
    const { change } = await client.change('PATCH /apps/:app/formation', { params, body: { updates } });
    await followChange(client, change, { json });
    return 0;
  },
});

/** In the largest unit that it fills. */
function age(ms: number): string {
  const units = [
    { name: 'd', ms: 86_400_000 },
    { name: 'h', ms: 3_600_000 },
    { name: 'm', ms: 60_000 },
  ];
  const unit = units.find((each) => ms >= each.ms);
  return unit === undefined ? seconds(Math.max(0, ms)) : `${Math.floor(ms / unit.ms)} ${unit.name}`;
}
