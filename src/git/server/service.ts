/** Git's services as child processes, with settings that are all the platform's own. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import type { GitService } from './git-server.ts';

export interface ServiceSettings {
  readonly hooks: string;
  /** Bytes one push may bring. */
  readonly limit: number;
}

export interface ServiceRun {
  readonly repository: string;
  readonly service: GitService;
  readonly protocol: string | undefined;
  readonly advertise: boolean;
  readonly stdio: StdioOptions;
}

export function startService(settings: ServiceSettings, run: ServiceRun): ChildProcess {
  const options = configOf(settings).flatMap((line) => ['-c', line]);
  const program = run.service.slice('git-'.length);
  const mode = run.advertise ? ['--stateless-rpc', '--advertise-refs'] : ['--stateless-rpc'];
  return spawn('git', [...options, program, ...mode, run.repository], {
    cwd: run.repository,
    env: environmentOf(run.protocol),
    stdio: run.stdio,
  });
}

function configOf({ hooks, limit }: ServiceSettings): readonly string[] {
  return [
    `core.hooksPath=${hooks}`,
    'core.fsync=all',
    'core.logAllRefUpdates=false',
    'transfer.fsckObjects=true',
    `receive.maxInputSize=${limit}`,
    'receive.denyDeletes=true',
    'receive.keepAlive=5',
    // One that is atomic would be undone after its deploy when another of its refs is refused.
    'receive.advertiseAtomic=false',
    'receive.advertisePushOptions=true',
    // A push is one pack, written and synced once.
    'receive.unpackLimit=1',
    'gc.autoDetach=false',
  ];
}

function environmentOf(protocol: string | undefined): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    ...(protocol !== undefined && /^version=[0-9]$/.test(protocol) ? { GIT_PROTOCOL: protocol } : {}),
  };
}
