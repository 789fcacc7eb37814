import { commandOf } from '../../factors/12-admin-processes/run-command.ts';
import { printJson } from '../print.ts';
import { command, usage } from '../spec.ts';
import { findAppName, findPlatform } from '../target.ts';

export const run = command({
  name: 'run',
  summary: "runs a command once, with the app's code, config and services",
  takes: '[--] COMMAND…',
  min: 1,
  max: Number.POSITIVE_INFINITY,
  onApp: true,
  endsAtWord: true,
  options: {
    type: { type: 'string', value: 'TYPE', help: 'with the memory and the stop signal of this process type' },
    size: {
      type: 'string',
      value: 'SIZE',
      help: 'how much it may take, over its type: 1GB:0.5, Standard-2X',
    },
    env: {
      type: 'string',
      short: 'e',
      multiple: true,
      value: 'NAME=VALUE',
      help: 'a variable for this run, over those of the app',
    },
    detach: { type: 'boolean', short: 'd', help: 'print its name and return; its output is in the log' },
    'no-tty': { type: 'boolean', help: 'no terminal, also where this is one' },
    timeout: { type: 'string', value: 'SECONDS', help: 'stop it after so long; the exit code is 124' },
  },
  details: `One word is a line for the app's shell: "ls | wc -l". Several are a program and its arguments, each given to it as it
stands here. Options stand before the command.

On a terminal the command has one of its own; otherwise standard input goes to it to its end, and its output comes as
bytes, standard output and standard error together. Its exit code is the exit code of dozen run.`,
  examples: [
    ['dozen run -a shop -- node', 'a prompt with the code and the variables of the app'],
    ['dozen run -a shop "ls | wc -l"', 'a line of shell'],
    ['dozen run -a shop -- node import.js < items.csv', 'a file to its standard input'],
    ['dozen run -a shop --detach -- node rebuild.js', 'on its own; see it with dozen ps'],
  ],
  async run({ words, app, json, options }) {
    const client = findPlatform();
    const { attach, isOnTerminal, terminalVariables } = await import('../run/session.ts');
    const detached = options.detach;
    const hasTerminal = !detached && !options['no-tty'] && isOnTerminal();
    const body = {
      command: commandOf(words),
      attach: !detached,
      env: { ...(hasTerminal ? terminalVariables() : {}), ...variablesOf(options.env) },
      force_no_tty: !hasTerminal,
      ...(options.type === null ? {} : { type: options.type }),
      ...(options.size === null ? {} : { size: options.size }),
      ...(options.timeout === null ? {} : { time_to_live: secondsOf(options.timeout) }),
    };
    const params = { app: findAppName(app) };
    const dyno = await client.ask('POST /apps/:app/dynos', { params, body });
    if (!detached) return attach(client.peer, { name: dyno.name, url: dyno.attach_url ?? '', hasTerminal });
    if (json) return printJson(dyno);
    process.stdout.write(`${dyno.name}\n`);
    return 0;
  },
});

function variablesOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
      // What has no name may be nothing but a value.
      throw usage({ name: 'run' }, 'a variable is not written NAME=VALUE');
    }),
  );
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds >= 1 && seconds <= 86_400) return seconds;
  throw usage(
    { name: 'run' },
    `${JSON.stringify(text.slice(0, 20))} is not a number of seconds from 1 to 86400`,
  );
}
