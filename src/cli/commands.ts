/** Every command but `up`, by name, in the order of help. Each is loaded when it is called. */
import type { Spec } from './spec.ts';

export interface Entry {
  readonly group: string;
  readonly summary: string;
  readonly load: () => Promise<Spec>;
}

export const commands: Readonly<Record<string, Entry>> = {
  server: {
    group: 'Platform',
    summary: 'runs the platform for many apps',
    load: async () => (await import('./commands/server.ts')).server,
  },
  'server stop': {
    group: 'Platform',
    summary: 'stops it with all it runs',
    load: async () => (await import('./commands/server.ts')).stop,
  },
  migrate: {
    group: 'Platform',
    summary: 'brings the store up to this version',
    load: async () => (await import('./commands/admin.ts')).migrate,
  },
  backup: {
    group: 'Platform',
    summary: 'writes all of it to one file',
    load: async () => (await import('./commands/admin.ts')).backup,
  },
  restore: {
    group: 'Platform',
    summary: 'makes a home of a backup',
    load: async () => (await import('./commands/admin.ts')).restore,
  },
  doctor: {
    group: 'Platform',
    summary: 'tells what is wrong with machine and platform',
    load: async () => (await import('./commands/admin.ts')).doctor,
  },
  'rotate-key': {
    group: 'Platform',
    summary: 'makes a new master key',
    load: async () => (await import('./commands/admin.ts')).rotateKey,
  },
  status: {
    group: 'Platform',
    summary: 'tells which platform you speak to, and what it runs',
    load: async () => (await import('./commands/status.ts')).status,
  },
  tokens: {
    group: 'Platform',
    summary: 'lists the tokens of your account',
    load: async () => (await import('./commands/tokens.ts')).list,
  },
  'tokens create': {
    group: 'Platform',
    summary: 'makes a token',
    load: async () => (await import('./commands/tokens.ts')).create,
  },
  'tokens revoke': {
    group: 'Platform',
    summary: 'makes a token worthless',
    load: async () => (await import('./commands/tokens.ts')).revoke,
  },
  'heroku:env': {
    group: 'Platform',
    summary: 'points the official heroku command line here',
    load: async () => (await import('./commands/heroku-env.ts')).herokuEnv,
  },
  prune: {
    group: 'Platform',
    summary: 'removes builds that are no longer kept',
    load: async () => (await import('./commands/housekeeping.ts')).prune,
  },
  cache: {
    group: 'Platform',
    summary: 'tells how much builds have kept',
    load: async () => (await import('./commands/housekeeping.ts')).cache,
  },
  'cache purge': {
    group: 'Platform',
    summary: 'empties it',
    load: async () => (await import('./commands/housekeeping.ts')).purge,
  },
  apps: {
    group: 'Codebase',
    summary: 'lists the apps',
    load: async () => (await import('./commands/apps.ts')).list,
  },
  'apps create': {
    group: 'Codebase',
    summary: 'makes an app',
    load: async () => (await import('./commands/apps.ts')).create,
  },
  'apps info': {
    group: 'Codebase',
    summary: 'tells about one app',
    load: async () => (await import('./commands/apps.ts')).info,
  },
  'apps rename': {
    group: 'Codebase',
    summary: 'gives an app another name',
    load: async () => (await import('./commands/apps.ts')).rename,
  },
  'apps retention': {
    group: 'Codebase',
    summary: 'how many builds are kept',
    load: async () => (await import('./commands/housekeeping.ts')).retention,
  },
  'apps destroy': {
    group: 'Codebase',
    summary: 'ends an app for good',
    load: async () => (await import('./commands/apps.ts')).destroy,
  },
  'apps maintenance': {
    group: 'Codebase',
    summary: 'puts an app into maintenance',
    load: async () => (await import('./commands/apps.ts')).maintenance,
  },
  pipelines: {
    group: 'Codebase',
    summary: 'lists the pipelines',
    load: async () => (await import('./commands/pipelines.ts')).list,
  },
  'pipelines create': {
    group: 'Codebase',
    summary: 'makes one',
    load: async () => (await import('./commands/pipelines.ts')).create,
  },
  'pipelines info': {
    group: 'Codebase',
    summary: 'tells which apps it has',
    load: async () => (await import('./commands/pipelines.ts')).info,
  },
  'pipelines add': {
    group: 'Codebase',
    summary: 'puts an app into it',
    load: async () => (await import('./commands/pipelines.ts')).add,
  },
  'pipelines remove': {
    group: 'Codebase',
    summary: 'takes an app out of it',
    load: async () => (await import('./commands/pipelines.ts')).remove,
  },
  'pipelines promote': {
    group: 'Codebase',
    summary: 'gives a build to the next stage',
    load: async () => (await import('./commands/pipelines.ts')).promote,
  },
  'pipelines rename': {
    group: 'Codebase',
    summary: 'gives it another name',
    load: async () => (await import('./commands/pipelines.ts')).rename,
  },
  'pipelines destroy': {
    group: 'Codebase',
    summary: 'ends it',
    load: async () => (await import('./commands/pipelines.ts')).destroy,
  },
  'git:remote': {
    group: 'Codebase',
    summary: 'adds the Git remote "dozen"',
    load: async () => (await import('./commands/git-remote.ts')).gitRemote,
  },
  deploy: {
    group: 'Codebase',
    summary: 'deploys a commit, a folder or a tarball',
    load: async () => (await import('./commands/deploy.ts')).deploy,
  },
  config: {
    group: 'Config',
    summary: 'shows variables',
    load: async () => (await import('./commands/config.ts')).list,
  },
  'config get': {
    group: 'Config',
    summary: 'prints the value of one',
    load: async () => (await import('./commands/config.ts')).get,
  },
  'config set': {
    group: 'Config',
    summary: 'sets some',
    load: async () => (await import('./commands/config.ts')).set,
  },
  'config edit': {
    group: 'Config',
    summary: 'opens them in your editor',
    load: async () => (await import('./commands/config-edit.ts')).edit,
  },
  'config unset': {
    group: 'Config',
    summary: 'unsets some',
    load: async () => (await import('./commands/config.ts')).unset,
  },
  builds: {
    group: 'Builds',
    summary: 'lists builds',
    load: async () => (await import('./commands/builds.ts')).list,
  },
  'builds info': {
    group: 'Builds',
    summary: 'tells about one',
    load: async () => (await import('./commands/builds.ts')).info,
  },
  'builds output': {
    group: 'Builds',
    summary: 'prints what one said',
    load: async () => (await import('./commands/builds.ts')).output,
  },
  'builds sbom': {
    group: 'Builds',
    summary: 'prints what one consists of',
    load: async () => (await import('./commands/builds.ts')).sbom,
  },
  services: {
    group: 'Backing services',
    summary: 'lists backing services',
    load: async () => (await import('./commands/services.ts')).list,
  },
  'services info': {
    group: 'Backing services',
    summary: 'tells about one',
    load: async () => (await import('./commands/services.ts')).info,
  },
  'services create': {
    group: 'Backing services',
    summary: 'makes one',
    load: async () => (await import('./commands/services.ts')).create,
  },
  'services attach': {
    group: 'Backing services',
    summary: 'binds one to an app',
    load: async () => (await import('./commands/services.ts')).attach,
  },
  'services detach': {
    group: 'Backing services',
    summary: 'takes one away from an app',
    load: async () => (await import('./commands/services.ts')).detach,
  },
  'services swap': {
    group: 'Backing services',
    summary: 'puts one in the place of another',
    load: async () => (await import('./commands/services.ts')).swap,
  },
  'services rotate': {
    group: 'Backing services',
    summary: 'gives its apps a new credential',
    load: async () => (await import('./commands/services.ts')).rotate,
  },
  'services set-url': {
    group: 'Backing services',
    summary: "another URL for somebody else's",
    load: async () => (await import('./commands/services.ts')).setUrl,
  },
  'services backup': {
    group: 'Backing services',
    summary: 'writes all it holds to a file',
    load: async () => (await import('./commands/service-data.ts')).backup,
  },
  'services restore': {
    group: 'Backing services',
    summary: 'puts a backup into one',
    load: async () => (await import('./commands/service-data.ts')).restore,
  },
  'services psql': {
    group: 'Backing services',
    summary: 'opens a SQL prompt',
    load: async () => (await import('./commands/service-data.ts')).psql,
  },
  'services destroy': {
    group: 'Backing services',
    summary: 'ends one for good',
    load: async () => (await import('./commands/services.ts')).destroy,
  },
  releases: {
    group: 'Releases',
    summary: 'lists releases',
    load: async () => (await import('./commands/releases.ts')).list,
  },
  'releases info': {
    group: 'Releases',
    summary: 'tells about one',
    load: async () => (await import('./commands/releases.ts')).info,
  },
  'releases verify': {
    group: 'Releases',
    summary: 'walks their chain',
    load: async () => (await import('./commands/releases.ts')).verify,
  },
  'releases diff': {
    group: 'Releases',
    summary: 'compares two',
    load: async () => (await import('./commands/releases-diff.ts')).diff,
  },
  'releases output': {
    group: 'Releases',
    summary: 'prints what its phase said',
    load: async () => (await import('./commands/releases-diff.ts')).output,
  },
  rollback: {
    group: 'Releases',
    summary: 'brings back what a release was',
    load: async () => (await import('./commands/releases.ts')).rollback,
  },
  logs: {
    group: 'Logs',
    summary: 'shows the log',
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  domains: {
    group: 'Port binding',
    summary: 'lists the hosts of an app',
    load: async () => (await import('./commands/domains.ts')).list,
  },
  'domains add': {
    group: 'Port binding',
    summary: 'makes it answer at another',
    load: async () => (await import('./commands/domains.ts')).add,
  },
  'domains remove': {
    group: 'Port binding',
    summary: 'takes one back',
    load: async () => (await import('./commands/domains.ts')).remove,
  },
  exports: {
    group: 'Port binding',
    summary: 'lists process types reached over TCP',
    load: async () => (await import('./commands/exports.ts')).list,
  },
  'exports add': {
    group: 'Port binding',
    summary: 'makes one reachable',
    load: async () => (await import('./commands/exports.ts')).add,
  },
  'exports remove': {
    group: 'Port binding',
    summary: 'takes that back',
    load: async () => (await import('./commands/exports.ts')).remove,
  },
  parity: {
    group: 'Parity',
    summary: 'compares two deploys',
    load: async () => (await import('./commands/parity.ts')).parity,
  },
  ps: {
    group: 'Processes',
    summary: 'lists processes',
    load: async () => (await import('./commands/ps.ts')).list,
  },
  'ps scale': {
    group: 'Processes',
    summary: 'changes how many run',
    load: async () => (await import('./commands/ps.ts')).scale,
  },
  'ps info': {
    group: 'Processes',
    summary: 'tells about one process',
    load: async () => (await import('./commands/ps-show.ts')).info,
  },
  'ps restart': {
    group: 'Processes',
    summary: 'replaces processes by others of the same release',
    load: async () => (await import('./commands/ps-change.ts')).restart,
  },
  'ps stop': {
    group: 'Processes',
    summary: 'stops one',
    load: async () => (await import('./commands/ps-change.ts')).stop,
  },
  'ps resize': {
    group: 'Processes',
    summary: 'changes their memory and cores',
    load: async () => (await import('./commands/ps-change.ts')).resize,
  },
  'ps sizes': {
    group: 'Processes',
    summary: 'lists the sizes that have names',
    load: async () => (await import('./commands/ps-change.ts')).sizes,
  },
  'ps policy': {
    group: 'Processes',
    summary: 'changes how they are stopped and replaced',
    load: async () => (await import('./commands/ps-change.ts')).policy,
  },
  'ps crashes': {
    group: 'Processes',
    summary: 'lists how processes ended',
    load: async () => (await import('./commands/ps-show.ts')).crashes,
  },
  run: {
    group: 'Admin',
    summary: 'runs a command once, on a terminal or not',
    load: async () => (await import('./commands/run.ts')).run,
  },
  schedule: {
    group: 'Admin',
    summary: 'lists what runs by itself',
    load: async () => (await import('./commands/schedule.ts')).list,
  },
  'schedule add': {
    group: 'Admin',
    summary: 'runs a command by itself',
    load: async () => (await import('./commands/schedule.ts')).add,
  },
  'schedule remove': {
    group: 'Admin',
    summary: 'removes one',
    load: async () => (await import('./commands/schedule.ts')).remove,
  },
  'schedule run': {
    group: 'Admin',
    summary: 'runs one now',
    load: async () => (await import('./commands/schedule.ts')).run,
  },
  'schedule runs': {
    group: 'Admin',
    summary: 'lists what came of them',
    load: async () => (await import('./commands/schedule.ts')).runs,
  },
};

/** Not in help: programs call them. */
export const hidden: Readonly<Record<string, Entry['load']>> = {
  'git:credentials': async () => (await import('./commands/git-remote.ts')).gitCredentials,
};

export interface Found {
  readonly load: Entry['load'];
  /** What stands behind the name. */
  readonly rest: readonly string[];
}

/** The command that the words name. `config:set` is `config set`, and `apps list` is `apps`, but the `list` of `run list` is its own. */
export function findCommand(words: readonly string[]): Found | null {
  const [first = '', ...more] = words;
  const spread = first.includes(':') && lookUp(first) === null ? [...first.split(':'), ...more] : words;
  const isNoun = Object.keys(commands).some((name) => name.startsWith(`${spread[0]} `));
  const [noun = '', verb = '', ...rest] = spread.filter((word, at) => at !== 1 || word !== 'list' || !isNoun);
  const pair = verb === '' ? null : lookUp(`${noun} ${verb}`);
  if (pair !== null) return { load: pair, rest };
  const single = lookUp(noun);
  return single === null ? null : { load: single, rest: verb === '' ? rest : [verb, ...rest] };
}

function lookUp(name: string): Entry['load'] | null {
  if (Object.hasOwn(commands, name)) return commands[name]?.load ?? null;
  return Object.hasOwn(hidden, name) ? (hidden[name] ?? null) : null;
}
