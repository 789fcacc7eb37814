import type { Api } from '../../api/routes/catalogue.ts';
import type { ReplyOf } from '../../api/routes/route.ts';
import { size } from '../../api/stages.ts';
import { printJson, printPairs } from '../print.ts';
import { printOutput } from '../print-output.ts';
import { command } from '../spec.ts';
import { renderTable } from '../table.ts';
import { findAppName, findPlatform } from '../target.ts';

type Build = ReplyOf<Api['GET /dozen/v1/apps/:app/builds/:build']>;

const takesId = {
  takes: '[ID]',
  max: 1,
  onApp: true,
  details: 'ID is as dozen builds shows it (default: the newest build).',
} as const;

export const list = command({
  name: 'builds',
  summary: "lists the app's builds, newest first",
  onApp: true,
  options: { num: { type: 'string', short: 'n', value: 'N', help: 'so many of them (default: 15)' } },
  examples: [['dozen builds -a shop', 'the last 15']],
  async run({ app, json, options }) {
    const params = { app: findAppName(app) };
    const builds = await findPlatform().ask('GET /dozen/v1/apps/:app/builds', { params });
    if (json) return printJson(builds);
    const rows = builds
      .slice(0, Number(options.num ?? 15))
      .map((build) => [
        build.id.slice(0, 8),
        build.reason ?? build.status,
        commitOf(build),
        build.subject ?? '',
        build.builder,
        build.releases.map((version) => `v${version}`).join(' '),
        build.created_at,
      ]);
    if (rows.length === 0) process.stdout.write('There are no builds yet\n');
    else
      process.stdout.write(
        renderTable(['BUILD', '', 'COMMIT', 'SUBJECT', 'BUILDER', 'RELEASES', 'WHEN'], rows, process.stdout),
      );
    return 0;
  },
});

export const info = command({
  ...takesId,
  name: 'builds info',
  summary: 'tells about one build',
  options: {},
  examples: [['dozen builds info 1a2b3c4d -a shop', 'what it was made of, and what came of it']],
  async run({ words: [build = 'latest'], app, json }) {
    const params = { app: findAppName(app), build };
    const found = await findPlatform().ask('GET /dozen/v1/apps/:app/builds/:build', { params });
    if (json) return printJson(found);
    printPairs([
      ['Build', found.id],
      ['Status', found.reason === null ? found.status : `${found.status} (${found.reason})`],
      ['Commit', `${commitOf(found)}${found.subject === null ? '' : ` ${found.subject}`}`],
      ['Branch', found.branch ?? ''],
      ['Author', found.author ?? ''],
      ['Builder', found.builder],
      ['Who', found.user ?? ''],
      ['Slug', found.slug ?? ''],
      ['Size', found.size === null ? '' : size(found.size)],
      ['Kept', found.slug === null ? '' : found.kept ? 'yes' : 'no: it can no longer be released'],
      ['Releases', found.releases.map((version) => `v${version}`).join(' ')],
      ['Begun', found.created_at],
      ['Ended', found.finished_at ?? ''],
    ]);
    return 0;
  },
});

export const output = command({
  ...takesId,
  name: 'builds output',
  summary: 'prints what a build said',
  options: { tail: { type: 'boolean', short: 't', help: 'goes on until the build has ended' } },
  examples: [
    ['dozen builds output -a shop', 'of the newest'],
    ['dozen builds output 1a2b3c4d --tail -a shop', 'of one that is running, to its end'],
  ],
  async run({ words: [build = 'latest'], app, json, options }) {
    const params = { app: findAppName(app), build };
    const query = options.tail ? { follow: 'true' } : {};
    const texts = findPlatform().follow('GET /dozen/v1/apps/:app/builds/:build/output', { params, query });
    return printOutput(texts, { json });
  },
});

export const sbom = command({
  ...takesId,
  name: 'builds sbom',
  summary: 'prints what a build consists of, as a CycloneDX document',
  options: {},
  examples: [['dozen builds sbom -a shop > shop.cdx.json', 'for a scanner']],
  async run({ words: [build = 'latest'], app }) {
    const params = { app: findAppName(app), build };
    return printJson(await findPlatform().ask('GET /dozen/v1/apps/:app/builds/:build/sbom', { params }));
  },
});

function commitOf({ commit, worktree }: Build): string {
  return commit === null ? 'files' : `${commit.slice(0, 7)}${worktree ? '+worktree' : ''}`;
}
