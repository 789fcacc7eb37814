import type { ChildProcess } from 'node:child_process';
import { PassThrough, type Writable } from 'node:stream';
import { userError } from '../../base/error.ts';
import { collect, complaintOf, type Outcome } from '../command.ts';
import type {
  AdvertiseOptions,
  GitServer,
  GitServerOptions,
  GitService,
  ServeOptions,
} from './git-server.ts';
import { flush, packet } from './packets.ts';
import { receivePush } from './push.ts';
import { relay } from './relay.ts';
import { openRepositories } from './repositories.ts';
import { startService } from './service.ts';

interface Running {
  readonly since: number;
  readonly stop: AbortController;
  readonly over: Promise<void>;
}

export function openGitServer({ folder, limits, clock }: GitServerOptions): GitServer {
  const repositories = openRepositories(folder);
  const settings = { hooks: repositories.hooks, limit: limits.bytes };
  const pushes = new Map<string, Running>();

  async function advertise(output: Writable, asked: Asked): Promise<void> {
    const { repo, service, signal, protocol } = asked;
    const repository = await repositories.provide(repo);
    const plain = service === 'git-upload-pack' && protocol === 'version=2';
    if (!plain) output.write(Buffer.concat([packet(`# service=${service}\n`), flush]));
    const running = service === 'git-receive-pack' ? pushes.get(repo) : undefined;
    if (running !== undefined) {
      output.write(packet(`ERR ${busy(running)}\n`));
      return;
    }
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    const child = startService(settings, {
      repository,
      service,
      protocol,
      advertise: true,
      stdio: [...stdio],
    });
    check(await passOn(child, { output, signal }));
  }

  async function upload(output: Writable, asked: Asked & { body: Body }): Promise<void> {
    const { repo, service, signal, protocol } = asked;
    const repository = await repositories.provide(repo);
    const stdio = ['pipe', 'pipe', 'pipe'] as const;
    const child = startService(settings, {
      repository,
      service,
      protocol,
      advertise: false,
      stdio: [...stdio],
    });
    const broken = feed(asked.body, child);
    check(await passOn(child, { output, signal: AbortSignal.any([signal, broken]) }));
  }

  async function push(output: Writable, asked: Asked & { body: Body; onUpdate: ServeOptions['onUpdate'] }) {
    const running = pushes.get(asked.repo);
    if (running !== undefined) {
      await drain(asked.body);
      output.write(Buffer.concat([packet(`\x03${busy(running)}\n`), flush]));
      return;
    }
    const stop = new AbortController();
    const signal = AbortSignal.any([asked.signal, stop.signal]);
    const work = receive(output, { ...asked, signal });
    const over = work.then(
      () => undefined,
      () => undefined,
    );
    pushes.set(asked.repo, { since: clock.now(), stop, over });
    try {
      await work;
    } finally {
      pushes.delete(asked.repo);
    }
  }

  async function receive(
    output: Writable,
    asked: Asked & { body: Body; onUpdate: ServeOptions['onUpdate'] },
  ) {
    const { repo, service, protocol, onUpdate } = asked;
    const repository = await repositories.provide(repo);
    const stdio = ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'] as const;
    const child = startService(settings, {
      repository,
      service,
      protocol,
      advertise: false,
      stdio: [...stdio],
    });
    const broken = feed(asked.body, child);
    const signal = AbortSignal.any([asked.signal, broken]);
    const outcome = await receivePush({ child, repository, onUpdate, signal }, output);
    signal.throwIfAborted();
    check(outcome);
  }

  return {
    advertise: (repo, service, options = {}) =>
      streamed(options, (output, signal) =>
        advertise(output, { repo, service, signal, protocol: options.protocol }),
      ),
    serve: (repo, service, body, { onUpdate, ...options }) =>
      streamed(options, (output, signal) => {
        const asked = { repo, service, signal, protocol: options.protocol, body };
        return service === 'git-receive-pack' ? push(output, { ...asked, onUpdate }) : upload(output, asked);
      }),
    folderOf: repositories.folderOf,
    remove: async (repo) => {
      await stopAll([pushes.get(repo)]);
      await repositories.remove(repo);
    },
    close: () => stopAll([...pushes.values()]),
  };
}

type Body = AsyncIterable<Uint8Array>;

interface Asked {
  readonly repo: string;
  readonly service: GitService;
  readonly protocol: string | undefined;
  readonly signal: AbortSignal;
}

/** A stream of what `work` writes. Who lets go of it before its end aborts the work. */
function streamed(
  options: AdvertiseOptions,
  work: (output: Writable, signal: AbortSignal) => Promise<void>,
): AsyncIterable<Uint8Array> {
  const output = new PassThrough();
  const gone = new AbortController();
  output.once('close', () => gone.abort(new Error('the client is gone')));
  // Whoever iterates hears of it; when nobody does, there is nobody to tell.
  output.on('error', () => undefined);
  const signal = options.signal === undefined ? gone.signal : AbortSignal.any([gone.signal, options.signal]);
  work(output, signal).then(
    () => output.end(),
    (error: Error) => output.destroy(error),
  );
  return output;
}

async function passOn(
  child: ChildProcess,
  { output, signal }: { readonly output: Writable; readonly signal: AbortSignal },
): Promise<Outcome> {
  const stop = () => child.kill('SIGTERM');
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const ended = collect(child, { keep: false });
  const [outcome] = await Promise.all([
    ended,
    relay(child.stdout as unknown as AsyncIterable<Buffer>, output),
  ]);
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  return outcome;
}

/**
 * Gives the body to Git, and reads it to its end when Git has enough: a client that is cut off while it sends does not read the
 * answer. The signal aborts when the body breaks.
 */
function feed(body: Body, child: ChildProcess): AbortSignal {
  const broken = new AbortController();
  const stdin = child.stdin as Writable;
  relay(body, stdin).then(
    () => stdin.end(),
    (error: unknown) => {
      stdin.destroy();
      broken.abort(error);
    },
  );
  return broken.signal;
}

async function drain(body: Body): Promise<void> {
  for await (const chunk of body) void chunk;
}

async function stopAll(running: readonly (Running | undefined)[]): Promise<void> {
  for (const push of running) push?.stop.abort(new Error('the platform stops this push'));
  await Promise.all(running.map((push) => push?.over));
}

function busy({ since }: Running): string {
  return `Cannot push: another push to this app is at work since ${new Date(since).toISOString()}; wait for its end and push again`;
}

function check(outcome: Outcome): void {
  if (outcome.code === 0) return;
  throw userError('GIT_REQUEST_BROKEN', `Cannot answer git: ${complaintOf(outcome)}`, {
    hint: 'Push again; if it fails again, look at the network between with GIT_TRACE_PACKET=1 GIT_TRACE_CURL=1',
  });
}
