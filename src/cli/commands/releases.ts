import type { Api } from '../../api/routes/catalogue.ts';
import type { ReplyOf } from '../../api/routes/route.ts';
import { followChange } from '../follow-change.ts';
import { printJson, printPairs } from '../print.ts';
import { command } from '../spec.ts';
import { renderTable } from '../table.ts';
import { findAppName, findPlatform } from '../target.ts';

type Release = ReplyOf<Api['GET /apps/:app/releases/:release']>;

export const list = command({
  name: 'releases',
  summary: "lists the app's releases, newest first",
  onApp: true,
  options: { num: { type: 'string', short: 'n', value: 'N', help: 'so many of them (default: 15)' } },
  examples: [
    ['dozen releases -a shop', 'the last 15'],
    ['dozen releases -a shop --json', 'all of them, for programs'],
  ],
  async run({ app, json, options }) {
    const releases = await findPlatform().ask('GET /apps/:app/releases', {
      params: { app: findAppName(app) },
    });
    const newest = releases.toReversed();
    if (json) return printJson(newest);
    const rows = newest
      .slice(0, Number(options.num ?? 15))
      .map((release) => [
        `v${release.version}`,
        release.current ? 'current' : release.status === 'succeeded' ? '' : release.status,
        release.description,
        release.user.email,
        release.created_at,
      ]);
    if (rows.length === 0) process.stdout.write('There are no releases yet\n');
    else process.stdout.write(renderTable(['RELEASE', '', 'WHAT', 'WHO', 'WHEN'], rows, process.stdout));
    return 0;
  },
});

export const info = command({
  name: 'releases info',
  summary: 'tells about one release',
  takes: '[vN]',
  max: 1,
  onApp: true,
  options: {},
  examples: [
    ['dozen releases info -a shop', 'the one that runs'],
    ['dozen releases info v4 -a shop', 'another'],
  ],
  async run({ words: [version = 'current'], app, json }) {
    const params = { app: findAppName(app), release: version };
    const release = await findPlatform().ask('GET /apps/:app/releases/:release', { params });
    if (json) return printJson(release);
    printPairs(pairsOf(release));
    return 0;
  },
});

export const verify = command({
  name: 'releases verify',
  summary: "walks the chain of the app's releases and tells whether every one is as it was made",
  onApp: true,
  options: {},
  examples: [['dozen releases verify -a shop', 'exit code 1 when it does not hold']],
  async run({ app, json }) {
    const name = findAppName(app);
    const found = await findPlatform().ask('GET /dozen/v1/apps/:app/verify', { params: { app: name } });
    if (json) printJson(found);
    else if (found.holds) process.stdout.write(`The chain of ${name} holds: ${found.releases} releases\n`);
    else process.stdout.write(`The chain of ${name} is broken at v${found.version}: ${found.why}\n`);
    return found.holds ? 0 : 1;
  },
});

export const rollback = command({
  name: 'rollback',
  summary: 'brings back exactly what a release was: build, config and services, as a new release',
  takes: '[vN]',
  max: 1,
  onApp: true,
  options: {},
  examples: [
    ['dozen rollback -a shop', 'to the release before'],
    ['dozen rollback v4 -a shop', 'to another'],
  ],
  async run({ words: [version], app, json }) {
    const client = findPlatform();
    const params = { app: findAppName(app) };
    const release = version ?? (await before(client, params.app));
    const { change } = await client.change('POST /apps/:app/releases', { params, body: { release } });
    await followChange(client, change, { json });
    return 0;
  },
});

/** The newest that succeeded before the current one; the server says what is wrong when there is none. */
async function before(client: ReturnType<typeof findPlatform>, app: string): Promise<string> {
  const releases = await client.ask('GET /apps/:app/releases', { params: { app } });
  const current = releases.findLast((release) => release.current)?.version ?? 0;
  const target = releases.findLast((release) => release.eligible_for_rollback && release.version < current);
  return String(target?.version ?? Math.max(1, current - 1));
}

function pairsOf(release: Release): [string, string][] {
  return [
    ['Release', `v${release.version}${release.current ? ' (current)' : ''}`],
    ['What', release.description],
    ['Status', release.status],
    ['Who', release.user.email],
    ['When', release.created_at],
    ['Services', release.addon_plan_names.join(', ')],
    ['Slug', release.slug?.id ?? 'none'],
  ];
}
