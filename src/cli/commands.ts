/** Which commands there are. Each is loaded when it is called. */
import type { Spec } from './spec.ts';

type Load = () => Promise<Spec>;
export type Entry = readonly [summary: string, load: Load];

/** Every command but `up`, by name, in the order of help and under its headings. */
export const groups: Readonly<Record<string, Readonly<Record<string, Entry>>>> = {
  Platform: {
    server: ['runs the platform for many apps', async () => (await import('./commands/server.ts')).server],
    'server stop': ['stops it with all it runs', async () => (await import('./commands/server.ts')).stop],
    migrate: [
      'brings the store up to this version',
      async () => (await import('./commands/admin.ts')).migrate,
    ],
    backup: ['writes all of it to one file', async () => (await import('./commands/admin.ts')).backup],
    restore: ['makes a home of a backup', async () => (await import('./commands/admin.ts')).restore],
    doctor: [
      'tells what is wrong with machine and platform',
      async () => (await import('./commands/admin.ts')).doctor,
    ],
    'rotate-key': ['makes a new master key', async () => (await import('./commands/admin.ts')).rotateKey],
    status: [
      'tells which platform you speak to, and what it runs',
      async () => (await import('./commands/status.ts')).status,
    ],
    tokens: ['lists the tokens of your account', async () => (await import('./commands/tokens.ts')).list],
    'tokens create': ['makes a token', async () => (await import('./commands/tokens.ts')).create],
    'tokens revoke': ['makes a token worthless', async () => (await import('./commands/tokens.ts')).revoke],
    'heroku:env': [
      'points the official heroku command line here',
      async () => (await import('./commands/heroku-env.ts')).herokuEnv,
    ],
    prune: [
      'removes builds that are no longer kept',
      async () => (await import('./commands/housekeeping.ts')).prune,
    ],
    cache: [
      'tells how much builds have kept',
      async () => (await import('./commands/housekeeping.ts')).cache,
    ],
    'cache purge': ['empties it', async () => (await import('./commands/housekeeping.ts')).purge],
  },
  Codebase: {
    apps: ['lists the apps', async () => (await import('./commands/apps.ts')).list],
    'apps create': ['makes an app', async () => (await import('./commands/apps.ts')).create],
    'apps info': ['tells about one app', async () => (await import('./commands/apps.ts')).info],
    'apps rename': ['gives an app another name', async () => (await import('./commands/apps.ts')).rename],
    'apps retention': [
      'how many builds are kept',
      async () => (await import('./commands/housekeeping.ts')).retention,
    ],
    'apps destroy': ['ends an app for good', async () => (await import('./commands/apps.ts')).destroy],
    'apps maintenance': [
      'puts an app into maintenance',
      async () => (await import('./commands/apps.ts')).maintenance,
    ],
    pipelines: ['lists the pipelines', async () => (await import('./commands/pipelines.ts')).list],
    'pipelines create': ['makes one', async () => (await import('./commands/pipelines.ts')).create],
    'pipelines info': ['tells which apps it has', async () => (await import('./commands/pipelines.ts')).info],
    'pipelines add': ['puts an app into it', async () => (await import('./commands/pipelines.ts')).add],
    'pipelines remove': [
      'takes an app out of it',
      async () => (await import('./commands/pipelines.ts')).remove,
    ],
    'pipelines promote': [
      'gives a build to the next stage',
      async () => (await import('./commands/pipelines.ts')).promote,
    ],
    'pipelines rename': [
      'gives it another name',
      async () => (await import('./commands/pipelines.ts')).rename,
    ],
    'pipelines destroy': ['ends it', async () => (await import('./commands/pipelines.ts')).destroy],
    'git:remote': [
      'adds the Git remote "dozen"',
      async () => (await import('./commands/git-remote.ts')).gitRemote,
    ],
    deploy: [
      'deploys a commit, a folder or a tarball',
      async () => (await import('./commands/deploy.ts')).deploy,
    ],
  },
  Config: {
    config: ['shows variables', async () => (await import('./commands/config.ts')).list],
    'config get': ['prints the value of one', async () => (await import('./commands/config.ts')).get],
    'config set': ['sets some', async () => (await import('./commands/config.ts')).set],
    'config edit': [
      'opens them in your editor',
      async () => (await import('./commands/config-edit.ts')).edit,
    ],
    'config unset': ['unsets some', async () => (await import('./commands/config.ts')).unset],
  },
  Builds: {
    builds: ['lists builds', async () => (await import('./commands/builds.ts')).list],
    'builds info': ['tells about one', async () => (await import('./commands/builds.ts')).info],
    'builds output': ['prints what one said', async () => (await import('./commands/builds.ts')).output],
    'builds sbom': ['prints what one consists of', async () => (await import('./commands/builds.ts')).sbom],
  },
  'Backing services': {
    services: ['lists backing services', async () => (await import('./commands/services.ts')).list],
    'services info': ['tells about one', async () => (await import('./commands/services.ts')).info],
    'services create': ['makes one', async () => (await import('./commands/services.ts')).create],
    'services attach': ['binds one to an app', async () => (await import('./commands/services.ts')).attach],
    'services detach': [
      'takes one away from an app',
      async () => (await import('./commands/services.ts')).detach,
    ],
    'services swap': [
      'puts one in the place of another',
      async () => (await import('./commands/services.ts')).swap,
    ],
    'services rotate': [
      'gives its apps a new credential',
      async () => (await import('./commands/services.ts')).rotate,
    ],
    'services set-url': [
      "another URL for somebody else's",
      async () => (await import('./commands/services.ts')).setUrl,
    ],
    'services backup': [
      'writes all it holds to a file',
      async () => (await import('./commands/service-data.ts')).backup,
    ],
    'services restore': [
      'puts a backup into it',
      async () => (await import('./commands/service-data.ts')).restore,
    ],
    'services psql': ['opens a SQL prompt', async () => (await import('./commands/service-data.ts')).psql],
    'services destroy': ['ends one for good', async () => (await import('./commands/services.ts')).destroy],
  },
  Releases: {
    releases: ['lists releases', async () => (await import('./commands/releases.ts')).list],
    'releases info': ['tells about one', async () => (await import('./commands/releases.ts')).info],
    'releases verify': ['walks their chain', async () => (await import('./commands/releases.ts')).verify],
    'releases diff': ['compares two', async () => (await import('./commands/releases-diff.ts')).diff],
    'releases output': [
      'prints what its phase said',
      async () => (await import('./commands/releases-diff.ts')).output,
    ],
    rollback: [
      'brings back what a release was',
      async () => (await import('./commands/releases.ts')).rollback,
    ],
  },
  Logs: {
    logs: ['shows the log', async () => (await import('./commands/logs.ts')).logs],
  },
  'Port binding': {
    domains: ['lists the hosts of an app', async () => (await import('./commands/domains.ts')).list],
    'domains add': ['makes it answer at another', async () => (await import('./commands/domains.ts')).add],
    'domains remove': ['takes one back', async () => (await import('./commands/domains.ts')).remove],
    exports: [
      'lists process types reached over TCP',
      async () => (await import('./commands/exports.ts')).list,
    ],
    'exports add': ['makes one reachable', async () => (await import('./commands/exports.ts')).add],
    'exports remove': ['takes that back', async () => (await import('./commands/exports.ts')).remove],
  },
  Proof: {
    check: [
      'proves what an app keeps of the twelve factors, by running it',
      async () => (await import('./commands/check.ts')).check,
    ],
  },
  Parity: {
    parity: ['compares two deploys', async () => (await import('./commands/parity.ts')).parity],
  },
  Processes: {
    ps: ['lists processes', async () => (await import('./commands/ps.ts')).list],
    run: ['runs a command once, on a terminal or not', async () => (await import('./commands/run.ts')).run],
    'ps scale': ['changes how many run', async () => (await import('./commands/ps.ts')).scale],
    'ps info': ['tells about one process', async () => (await import('./commands/ps-show.ts')).info],
    'ps restart': [
      'replaces processes by others of the same release',
      async () => (await import('./commands/ps-change.ts')).restart,
    ],
    'ps stop': ['stops one', async () => (await import('./commands/ps-change.ts')).stop],
    'ps resize': [
      'changes their memory and cores',
      async () => (await import('./commands/ps-change.ts')).resize,
    ],
    'ps sizes': [
      'lists the sizes that have names',
      async () => (await import('./commands/ps-change.ts')).sizes,
    ],
    'ps policy': [
      'changes how they are stopped and replaced',
      async () => (await import('./commands/ps-change.ts')).policy,
    ],
    'ps crashes': ['lists how processes ended', async () => (await import('./commands/ps-show.ts')).crashes],
  },
  Admin: {
    schedule: ['lists what runs by itself', async () => (await import('./commands/schedule.ts')).list],
    'schedule add': ['runs a command by itself', async () => (await import('./commands/schedule.ts')).add],
    'schedule remove': ['removes one', async () => (await import('./commands/schedule.ts')).remove],
    'schedule run': ['runs one now', async () => (await import('./commands/schedule.ts')).run],
    'schedule runs': ['lists what came of them', async () => (await import('./commands/schedule.ts')).runs],
  },
};

export const commands: Readonly<Record<string, Entry>> = Object.assign({}, ...Object.values(groups));

/** Not in help: programs call them. */
export const hidden: Readonly<Record<string, Load>> = {
  'git:credentials': async () => (await import('./commands/git-remote.ts')).gitCredentials,
};

export interface Found {
  readonly load: Load;
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

function lookUp(name: string): Load | null {
  if (Object.hasOwn(commands, name)) return commands[name]?.[1] ?? null;
  return Object.hasOwn(hidden, name) ? (hidden[name] ?? null) : null;
}
