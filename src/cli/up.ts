/** `dozen up`: the whole platform in the foreground, and the app of a folder on it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openClient } from '../api/client.ts';
import { paint } from '../api/paint.ts';
import type { StartedPlatform } from '../api/platform.ts';
import type { Api } from '../api/routes/catalogue.ts';
import type { BodyOf } from '../api/routes/route.ts';
import { stageLine } from '../api/stages.ts';
import { asDozenError, fromShape, userError } from '../base/error.ts';
import { appNameFrom, parseAppName } from '../factors/01-codebase/app.ts';
import type { KeptLine } from '../factors/11-logs/log-query.ts';
import type { DeployEvent } from '../factors/deploy-event.ts';
import { type Command, type Doors, exitCodeOf } from './command.ts';
import { followLog } from './follow-log.ts';
import { logPrinter } from './log-lines.ts';
import { renderError } from './render-error.ts';

const help = `Runs the app in a folder as production will run it: build, backing services, release, processes, router, logs

Usage: dozen up [PATH] [options]

PATH is the app's folder, anywhere in a Git repository; its own tree at the last commit is what runs.

  --worktree        run the files as they lie there instead, uncommitted changes included
  --app NAME        the app's name and host (default: the folder's name)
  --env-file FILE   set the variables in FILE first; they stay set
  --port PORT       where the router listens (default: the same as last time, or a free one)
  --json            events as lines of JSON
  -h, --help        this

Everything it keeps is in DOZEN_HOME (root: /var/lib/dozen, else ~/.local/share/dozen). Ctrl-C drains and stops everything;
a second one at once.

Examples
  dozen up                              the app in this folder
  dozen up examples/guestbook           one in another folder
  dozen up --worktree --port 8080       uncommitted changes too, on a port of your choice
  dozen up --env-file .env              with variables of your own`;

/** Apps and services may take this long to stop; then what is left is killed, and the platform's own processes end. */
const stopWithinMs = 22_000;

type DeployRequest = BodyOf<Api['POST /dozen/v1/deploys']>;

interface Options {
  readonly request: DeployRequest;
  readonly port: number;
  readonly json: boolean;
}

export const up: Command = async (args, doors) => {
  const options = readOptions(args);
  if (options === null) {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  const stopping = new AbortController();
  const screen = screenOf(options);
  const platform = startedPlatform(doors, { screen, port: options.port });
  const end = endOnSignals({ platform, stopping, screen });
  try {
    const { control } = await platform;
    const since = Date.now();
    await deploy(options, { control, screen, signal: stopping.signal });
    await follow(options, { control, screen, since, signal: end.signal });
  } catch (error) {
    if (!stopping.signal.aborted) {
      const coded = asDozenError(error);
      screen.fail(coded);
      await end.now();
      return exitCodeOf(coded.fault);
    }
  }
  await end.finished();
  screen.note('Stopped');
  return 0;
};

function readOptions(args: readonly string[]): Options | null {
  const { values, positionals } = parse(args);
  if (values.help === true) return null;
  if (positionals.length > 1) throw usageError(`there are ${positionals.length} paths`);
  const folder = path.resolve(positionals[0] ?? '.');
  const app = values.app === undefined ? appNameFrom(path.basename(folder)) : parseAppName(values.app);
  const env = values['env-file'] === undefined ? {} : { env: readEnvFile(values['env-file']) };
  const from = values.worktree === true ? 'worktree' : 'commit';
  const request: DeployRequest = { app, folder, from, ...env };
  return { request, port: readPort(values.port), json: values.json === true };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        worktree: { type: 'boolean' },
        app: { type: 'string' },
        'env-file': { type: 'string' },
        port: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw usageError((error as Error).message.split('. ')[0] ?? 'the options are off');
  }
}

function usageError(why: string): Error {
  return userError('USAGE', `Cannot run dozen up: ${why}`, { hint: 'dozen up --help' });
}

function readPort(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw usageError(`${JSON.stringify(text.slice(0, 20))} is not a port from 1 to 65535`);
}

function readEnvFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw userError(
      'ENV_FILE_UNREADABLE',
      `Cannot read ${JSON.stringify(file)}: ${(error as NodeJS.ErrnoException).code}`,
      {
        hint: 'Give the path of a file that you can read',
        cause: error,
      },
    );
  }
}

/** Where everything is printed: lines for people, or lines of JSON. */
interface Screen {
  event(event: DeployEvent): void;
  log(line: KeptLine): void;
  note(text: string): void;
  platform(line: string): void;
  fail(error: ReturnType<typeof asDozenError>): void;
}

function screenOf({ json }: Options): Screen {
  const out = process.stdout;
  if (json) {
    const say = (value: object): void => void out.write(`${JSON.stringify(value)}\n`);
    return {
      event: say,
      log: ({ cursor, ...line }) => say({ kind: 'log', ...line }),
      note: (text) => say({ kind: 'note', text }),
      platform: (line) => say({ kind: 'platform', ...JSON.parse(line) }),
      fail: (error) => say({ kind: 'failed', error }),
    };
  }
  const printLog = logPrinter(out);
  return {
    event(event) {
      const line = stageLine(event, out);
      if (line !== null) out.write(line);
    },
    log: (line) => void out.write(printLog(line)),
    note: (text) => void out.write(`${paint(out, 'bold', text)}\n`),
    platform(line) {
      const said = JSON.parse(line);
      if (said.event === 'restart')
        out.write(
          `${paint(out, 'yellow', 'platform ')} ${said.of} ended (${said.how}) and is started again\n`,
        );
      else if (said.event === 'failed')
        out.write(
          `${paint(out, 'yellow', 'platform ')} ${said.of} is down, and tried again: ${said.error.message} (${said.error.code})\n`,
        );
      else if (process.env.DOZEN_DEBUG === '1')
        process.stderr.write(`${paint(process.stderr, 'dim', line)}\n`);
    },
    fail: (error) => void process.stderr.write(renderError(error.toJSON(), process.stderr)),
  };
}

function startedPlatform(
  doors: Doors,
  { screen, port }: { readonly screen: Screen; readonly port: number },
): Promise<StartedPlatform> {
  const platform = doors.startPlatform({
    mode: 'up',
    address: '127.0.0.1',
    port,
    apiAddress: '127.0.0.1',
    apiPort: 0,
    onLine: (line) => screen.platform(line),
  });
  platform.catch(() => undefined);
  return platform;
}

interface Ending {
  /** Aborted when everything is stopped: until then the log goes on. */
  readonly signal: AbortSignal;
  /** Stops everything without waiting for a signal. */
  now(): Promise<void>;
  /** Resolves when a signal has come and everything is stopped. */
  finished(): Promise<void>;
}

/** The first signal drains and stops, the second ends at once. */
function endOnSignals({
  platform,
  stopping,
  screen,
}: {
  readonly platform: Promise<StartedPlatform>;
  readonly stopping: AbortController;
  readonly screen: Screen;
}): Ending {
  let ended: Promise<void> | null = null;
  const end = (withinMs: number): Promise<void> => {
    return platform.then(
      (started) => started.stop(withinMs),
      () => undefined,
    );
  };
  const { promise, resolve } = Promise.withResolvers<void>();
  const over = new AbortController();
  void promise.then(() => over.abort());
  const asked = (): void => {
    if (ended === null) {
      screen.note(
        'Stopping: requests in flight finish, then processes and services end (Ctrl-C again ends them at once)',
      );
      stopping.abort();
      ended = end(stopWithinMs);
    } else {
      ended = end(0);
    }
    ended.then(resolve, (error: unknown) => {
      screen.fail(asDozenError(error));
      resolve();
    });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, asked);
  return {
    signal: over.signal,
    now: () => end(stopWithinMs),
    finished: () => promise,
  };
}

interface Running {
  readonly control: StartedPlatform['control'];
  readonly signal: AbortSignal;
}

async function deploy(
  { request }: Options,
  { control, screen, signal }: Running & { readonly screen: Screen },
): Promise<void> {
  const client = openClient(control);
  for await (const event of client.follow('POST /dozen/v1/deploys', { body: request, signal })) {
    if (event.kind === 'failed') throw fromShape(event.error);
    screen.event(event);
  }
  signal.throwIfAborted();
}

/** The app's log until a signal, over restarts of `control`. */
async function follow(
  { request }: Options,
  { control, screen, since, signal }: Running & { readonly screen: Screen; readonly since: number },
): Promise<void> {
  const client = openClient(control);
  const query = { since: String(since) };
  for await (const line of followLog({ findClient: () => client, app: request.app, query, signal }))
    screen.log(line);
}
