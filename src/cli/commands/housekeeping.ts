import { size } from '../../api/stages.ts';
import { printJson } from '../print.ts';
import { command, usage } from '../spec.ts';
import { findAppName, findPlatform } from '../target.ts';

export const prune = command({
  name: 'prune',
  summary: 'removes builds and outputs that are no longer kept',
  options: { 'dry-run': { type: 'boolean', help: 'only tells what would go' } },
  details:
    'The platform does so by itself after deploys. What any app needs for its last releases stays: see dozen apps retention.',
  examples: [
    ['dozen prune --dry-run', 'what would go'],
    ['dozen prune', 'and now it goes'],
  ],
  async run({ json, options }) {
    const body = { dry_run: options['dry-run'] };
    const pruned = await findPlatform().ask('POST /dozen/v1/prune', { body });
    if (json) return printJson(pruned);
    const what = `${count(pruned.layers, 'layer')} and ${count(pruned.outputs, 'output')}, ${size(pruned.bytes)}`;
    process.stdout.write(`${pruned.dry_run ? 'Would remove' : 'Removed'} ${what}\n`);
    return 0;
  },
});

export const retention = command({
  name: 'apps retention',
  summary: 'tells or changes how many builds of an app are kept to go back to',
  takes: '[N]',
  max: 1,
  onApp: true,
  options: {},
  examples: [
    ['dozen apps retention -a shop', 'how many'],
    ['dozen apps retention 20 -a shop', 'twenty from now on'],
  ],
  async run({ words: [number], app, json }) {
    const params = { app: findAppName(app) };
    if (number !== undefined && !/^\d{1,9}$/.test(number))
      throw usage({ name: 'apps retention' }, `${JSON.stringify(number.slice(0, 40))} is not a number`);
    const client = findPlatform();
    const found =
      number === undefined
        ? await client.ask('GET /dozen/v1/apps/:app/retention', { params })
        : await client.ask('PATCH /dozen/v1/apps/:app/retention', {
            params,
            body: { kept_builds: Number(number) },
          });
    if (json) return printJson(found);
    process.stdout.write(`${params.app} keeps its last ${count(found.kept_builds, 'build')}\n`);
    return 0;
  },
});

export const cache = command({
  name: 'cache',
  summary: 'tells how much builds have kept for the next ones',
  options: {},
  details: 'Installed dependencies and tools, by what they were made of: apps with the same ones share them.',
  examples: [['dozen cache', 'how much']],
  async run({ json }) {
    const found = await findPlatform().ask('GET /dozen/v1/cache', {});
    if (json) return printJson(found);
    process.stdout.write(`The cache of builds has ${count(found.layers, 'layer')}, ${size(found.bytes)}\n`);
    return 0;
  },
});

export const purge = command({
  name: 'cache purge',
  summary: 'empties it: the next build of each app installs its dependencies anew',
  options: {},
  details: 'What a build of the last minute used stays, and what a build that is running may use.',
  examples: [['dozen cache purge', 'when a build must begin from nothing']],
  async run({ json }) {
    const purged = await findPlatform().ask('DELETE /dozen/v1/cache', {});
    if (json) return printJson(purged);
    process.stdout.write(`Removed ${count(purged.layers, 'layer')}, ${size(purged.bytes)}\n`);
    return 0;
  },
});

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
