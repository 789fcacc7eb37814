import { paint } from '../../api/paint.ts';
import { asDozenError, userError } from '../../base/error.ts';
import { exitCodeOf } from '../command.ts';
import { renderError } from '../render-error.ts';
import { command } from '../spec.ts';
import { findPlatform } from '../target.ts';

export const stop = command({
  name: 'server stop',
  summary: 'stops the platform of this machine with all it runs',
  options: {},
  details:
    'Requests in flight finish, processes have their grace. The next dozen server starts everything again.',
  examples: [['dozen server stop', 'apps, services, and the platform itself']],
  async run({ json }) {
    const client = findPlatform();
    const { parent_pid: parent } = await client.ask('GET /dozen/v1/status', {});
    await client.ask('POST /dozen/v1/halt', {});
    process.kill(parent, 'SIGTERM');
    if (!json) process.stdout.write('Stopped: apps, services and the platform\n');
    return 0;
  },
});

export const server = command({
  name: 'server',
  summary: 'runs the platform for many apps, in the foreground',
  options: {
    port: { type: 'string', value: 'PORT', help: 'of the router (default: 80 as root, else 8080)' },
    address: {
      type: 'string',
      value: 'IP',
      help: 'of the router (default: 127.0.0.1; 0.0.0.0: everyone may come)',
    },
    'api-port': { type: 'string', value: 'PORT', help: 'of the API (default: 7700)' },
  },
  details: `Ctrl-C and SIGTERM end the platform's own processes; apps and services run on, and the next dozen server takes them
up where they are. It listens on loopback unless told otherwise. What its processes say of themselves is on standard output, as
lines of JSON where that is no terminal.`,
  examples: [
    ['dozen server', 'the platform, for this machine alone'],
    ['dozen server --address 0.0.0.0 --port 80', 'apps that others may reach; the API stays on loopback'],
  ],
  async run({ options, json }, doors) {
    const { stdout } = process;
    const plain = json || !stdout.isTTY;
    const say = (line: string): void => void stdout.write(plain ? `${line}\n` : humane(line));
    const starting = doors.startPlatform({
      mode: 'server',
      address: options.address ?? '127.0.0.1',
      port: portOf(options.port, process.getuid?.() === 0 ? 80 : 8080),
      apiAddress: '127.0.0.1',
      apiPort: portOf(options['api-port'], 7700),
      onLine: say,
    });
    const asked = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
    });
    const platform = await starting;
    const facts = {
      router: `http://*.localhost:${platform.port}/`,
      api: `http://127.0.0.1:${platform.apiPort}`,
    };
    say(
      JSON.stringify({
        at: new Date().toISOString(),
        role: 'parent',
        event: 'serving',
        home: platform.home,
        ...facts,
      }),
    );
    await asked;
    try {
      await platform.leave();
    } catch (error) {
      const coded = asDozenError(error);
      process.stderr.write(renderError(coded.toJSON(), process.stderr));
      return exitCodeOf(coded.fault);
    }
    say(
      JSON.stringify({
        at: new Date().toISOString(),
        role: 'parent',
        event: 'left',
        note: 'apps and services run on',
      }),
    );
    return 0;
  },
});

function portOf(text: string | null, fallback: number): number {
  if (text === null) return fallback;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 0 && port <= 65_535) return port;
  throw userError(
    'USAGE',
    `Cannot run dozen server: ${JSON.stringify(text.slice(0, 20))} is not a port from 1 to 65535`,
    {
      hint: 'dozen server --help',
    },
  );
}

/** The same for a person: who, what, and the rest. */
function humane(line: string): string {
  const { at, role, event, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const facts = Object.entries(rest).map(
    ([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const time = paint(
    process.stdout,
    'dim',
    String(at ?? '')
      .slice(11, 19)
      .padEnd(8),
  );
  return `${time} ${paint(process.stdout, 'cyan', String(role).padEnd(8))} ${String(event)} ${facts.join(', ')}\n`;
}
