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
  'apps destroy': {
    group: 'Codebase',
    summary: 'ends an app for good',
    load: async () => (await import('./commands/apps.ts')).destroy,
  },
  'git:remote': {
    group: 'Codebase',
    summary: 'adds the Git remote "dozen"',
    load: async () => (await import('./commands/git-remote.ts')).gitRemote,
  },
  deploy: {
    group: 'Codebase',
    summary: 'deploys the last commit of a folder',
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
  'config unset': {
    group: 'Config',
    summary: 'unsets some',
    load: async () => (await import('./commands/config.ts')).unset,
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
  rollback: {
    group: 'Releases',
    summary: 'brings back what a release was',
    load: async () => (await import('./commands/releases.ts')).rollback,
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

/** The command that the words name. `config:set` is `config set`, and `apps list` is `apps`. */
export function findCommand(words: readonly string[]): Found | null {
  const [first = '', ...more] = words;
  const spread = first.includes(':') && lookUp(first) === null ? [...first.split(':'), ...more] : words;
  const [noun = '', verb = '', ...rest] = spread.filter((word, at) => at !== 1 || word !== 'list');
  const pair = verb === '' ? null : lookUp(`${noun} ${verb}`);
  if (pair !== null) return { load: pair, rest };
  const single = lookUp(noun);
  return single === null ? null : { load: single, rest: verb === '' ? rest : [verb, ...rest] };
}

function lookUp(name: string): Entry['load'] | null {
  if (Object.hasOwn(commands, name)) return commands[name]?.load ?? null;
  return Object.hasOwn(hidden, name) ? (hidden[name] ?? null) : null;
}
