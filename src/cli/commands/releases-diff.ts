import type { Api } from '../../api/routes/catalogue.ts';
import type { ReplyOf } from '../../api/routes/route.ts';
import { printJson } from '../print.ts';
import { printOutput } from '../print-output.ts';
import { command } from '../spec.ts';
import { renderTable } from '../table.ts';
import { findAppName, findPlatform } from '../target.ts';

type Diff = ReplyOf<Api['GET /dozen/v1/apps/:app/diff']>;
type Revision = NonNullable<NonNullable<Diff['commits']>['from']>;

export const diff = command({
  name: 'releases diff',
  summary: 'tells what one release carries otherwise than another',
  takes: '[vA] [vB]',
  max: 2,
  onApp: true,
  options: {},
  details:
    'Without vB the newest release is meant, without vA the one before it. Variables are told by name alone.',
  examples: [
    ['dozen releases diff -a shop', 'what the newest changed'],
    ['dozen releases diff v4 v7 -a shop', 'between two others'],
  ],
  async run({ words: [from, to], app, json }) {
    const query = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    const params = { app: findAppName(app) };
    const found = await findPlatform().ask('GET /dozen/v1/apps/:app/diff', { params, query });
    if (json) return printJson(found);
    const rows = rowsOf(found);
    if (rows.length === 0) process.stdout.write(`v${found.from} and v${found.to} carry the same\n`);
    else
      process.stdout.write(
        renderTable(['WHAT', '', '', `v${found.from} TO v${found.to}`], rows, process.stdout),
      );
    return 0;
  },
});

export const output = command({
  name: 'releases output',
  summary: "prints what a release's phase said",
  takes: '[vN]',
  max: 1,
  onApp: true,
  options: { tail: { type: 'boolean', short: 't', help: 'goes on until the phase has ended' } },
  examples: [
    ['dozen releases output -a shop', 'of the newest release that has one'],
    ['dozen releases output v4 -a shop', 'of another'],
  ],
  async run({ words: [release = 'latest'], app, json, options }) {
    const params = { app: findAppName(app), release };
    const query = options.tail ? { follow: 'true' } : {};
    const call = 'GET /dozen/v1/apps/:app/releases/:release/output';
    return printOutput(findPlatform().follow(call, { params, query }), { json });
  },
});

function rowsOf({ commits, build, config, services, commands }: Diff): readonly (readonly string[])[] {
  return [
    ...(commits === null ? [] : [['commit', 'changed', '', rangeOf(commits.from, commits.to)]]),
    ...(build === 'rebuilt' ? [['build', 'made again', '', 'and came out the same']] : []),
    ...(build === 'other' && commits === null ? [['build', 'changed', '', 'of the same commit']] : []),
    ...(['added', 'removed', 'changed'] as const).flatMap((how) =>
      config[how].map((name) => ['config', how, name, '']),
    ),
    ...services.attached.map(({ variable, service }) => ['service', 'attached', variable, service]),
    ...services.detached.map(({ variable, service }) => ['service', 'detached', variable, service]),
    ...services.swapped.map(({ variable, from, to }) => ['service', 'swapped', variable, `${from} to ${to}`]),
    ...(['added', 'removed'] as const).flatMap((how) =>
      commands[how].map(({ type, command }) => ['process', how, type, command]),
    ),
    ...commands.changed.map(({ type, from, to }) => ['process', 'changed', type, `${from}  to  ${to}`]),
  ];
}

function rangeOf(from: Revision | null, to: Revision | null): string {
  const subject = to?.subject == null ? '' : ` ${JSON.stringify(to.subject)}`;
  return `${shortOf(from)}..${shortOf(to)}${subject}${to?.author == null ? '' : ` by ${to.author}`}`;
}

function shortOf(revision: Revision | null): string {
  if (revision === null) return 'nothing';
  const { commit, worktree } = revision;
  return commit === null ? 'files' : `${commit.slice(0, 7)}${worktree ? '+worktree' : ''}`;
}
