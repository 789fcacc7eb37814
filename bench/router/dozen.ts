/** Dozen's router as a process of its own, with its access log on: `dozen.ts PORT BACKEND_PORT SPOOL_FOLDER`. */
import { startRouter } from '../../src/router/http-router.ts';
import { requestLog } from '../../src/router/request-log.ts';
import { defaultTimeouts } from '../../src/router/router.ts';
import { openSpool } from '../../src/router/spool.ts';

const [port = '', backendPort = '', folder = ''] = process.argv.slice(2);
const spool = await openSpool(folder);
const router = await startRouter({
  host: '127.0.0.1',
  port: Number(port),
  shared: false,
  timeouts: defaultTimeouts,
  onRequest: (line) => spool.write(line.appId, line.at, requestLog(line)),
});
const endpoint = { instance: 'bench', process: 'web.1', address: '127.0.0.1', port: Number(backendPort) };
router.apply({
  version: 1,
  routes: [{ host: '127.0.0.1', appId: 'bench', appName: 'bench', endpoints: [endpoint] }],
});
process.once('SIGTERM', () => {
  void router.close(100).then(() => spool.close());
});
