/** A runner of its own for bench/logs.ts: opens the engine over a folder and keeps 20 printers wanted, until it is killed. */

import { defaultStopPolicy } from '../../src/factors/09-disposability/stop-policy.ts';
import { makeBench, specOf } from '../../test/parts/local-host.ts';

const [folder = '', quantity = '20', count = '1000'] = process.argv.slice(2);
const bench = makeBench(folder, { variables: { COUNT: count, STAY: '1' } });
const engine = await bench.open();
await engine.apply({
  owner: { kind: 'app', id: 'bench-owner', name: 'bench' },
  generation: 1,
  release: 1,
  hosts: [],
  types: [
    {
      type: 'printer',
      quantity: Number(quantity),
      spec: specOf({ shell: 'node prints.mjs' }),
      readiness: { kind: 'stays', afterMs: 0 },
      replacement: 'start-first',
      stop: { ...defaultStopPolicy, graceMs: 1000 },
    },
  ],
});
process.stdout.write('ready\n');
process.on('SIGTERM', async () => {
  await engine.halt(5_000);
  await engine.close();
  process.exit(0);
});
