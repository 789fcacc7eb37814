import { printJson, printPairs } from '../print.ts';
import { command } from '../spec.ts';
import { findPlatform } from '../target.ts';

export const status = command({
  name: 'status',
  summary: 'tells which platform you speak to, and what it runs',
  options: {},
  examples: [['dozen status', 'exit code 1 when there is none']],
  async run({ json }) {
    const client = findPlatform();
    const [found, account] = await Promise.all([
      client.ask('GET /dozen/v1/status', {}),
      client.ask('GET /account', {}),
    ]);
    if (json) return printJson({ ...found, account: account.email });
    printPairs([
      ['Platform', `dozen ${found.version} (${found.mode})`],
      ['Home', found.home],
      ['Router', `port ${found.router_port}`],
      ['Account', account.email],
      ['Apps', String(found.apps)],
      ['Services', String(found.services)],
      ['Processes', String(found.processes)],
    ]);
    return 0;
  },
});
