/** Starts a process for each build and listens to it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ErrorShape } from '../base/error.ts';
import { fromShape, platformError } from '../base/error.ts';
import { fromNdjson, toNdjson } from '../base/ndjson.ts';
import type { BuildOrder, BuildRunner, Built } from '../platform/platform.ts';
import type { BuildMessage } from './build.ts';
import { roleCommand } from './role-command.ts';
import { sweepBuilds } from './sweep-builds.ts';

export function buildRunner(home: string): BuildRunner {
  return { run: (order, signal) => run(home, order, signal) };
}

async function run(home: string, order: BuildOrder, signal: AbortSignal): Promise<Built> {
  signal.throwIfAborted();
  const [program, ...args] = roleCommand('build', home);
  const child = spawn('nice', ['-n', '10', program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const failed = once(child, 'error').then(([error]) => Promise.reject(error));
  failed.catch(() => undefined);
  // Closing the pipe is the leash: the build stops its step, clears up and ends.
  const stop = (): void => void child.stdin.end();
  signal.addEventListener('abort', stop, { once: true });
  child.stdin.write(toNdjson({ home, appId: order.appId, source: order.source }));
  try {
    return await Promise.race([listen(child.stdout, order), failed]);
  } finally {
    signal.removeEventListener('abort', stop);
    child.stdin.end();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    if (child.exitCode !== 0) await sweepBuilds(home);
  }
}

async function listen(output: AsyncIterable<Uint8Array>, order: BuildOrder): Promise<Built> {
  for await (const message of fromNdjson<BuildMessage>(output)) {
    if ('event' in message) order.onEvent(message.event);
    else if ('built' in message) return message.built;
    else throw fromShape(message.error as ErrorShape);
  }
  throw platformError('BUILD_LOST', 'Cannot tell how the build went: its process ended without a word', {
    hint: 'Deploy again; if it happens again, look whether the machine is out of memory',
  });
}
