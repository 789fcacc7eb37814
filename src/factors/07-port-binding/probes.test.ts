import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bringsItsServer,
  type ListenerFact,
  listensOnEveryInterface,
  listensOnItsPort,
  opensNoOtherPort,
  type PortFacts,
  type PortProcess,
  probes,
} from './probes.ts';

const own: ListenerFact = {
  address: '::',
  port: 5001,
  argv: ['node', 'server.js'],
  program: '/opt/node/bin/node',
};

const web: PortProcess = {
  name: 'web.1',
  port: 5001,
  listeners: [own],
  answered: true,
  failure: null,
  atMs: 70,
};

const facts = (...processes: readonly Partial<PortProcess>[]): PortFacts => ({
  processes: processes.map((each) => ({ ...web, ...each })),
});

const second = { name: 'web.2', port: 5002, listeners: [{ ...own, port: 5002 }] };
const silent = { answered: false, failure: 'it listens at 3000 instead' };

test('two processes that answer, each at its port and there alone, keep all of it', () => {
  assert.deepEqual(
    probes.map((probe) => probe.judge(facts({}, second)).outcome),
    ['holds', 'holds', 'holds', 'holds'],
  );
});

test('a process that listens elsewhere is shown with its port and the one it was given', () => {
  const judged = listensOnItsPort.judge(
    facts({}, { ...second, ...silent, listeners: [{ ...own, port: 3000 }] }),
  );
  assert.equal(judged.outcome, 'broken');
  assert.equal(judged.because, 'web.2 does not answer at the port it was given: it listens at 3000 instead');
  assert.deepEqual(judged.evidence, [
    { kind: 'event', process: 'web.2', atMs: 70, what: 'was given PORT=5002 and listens at [::]:3000' },
  ]);
});

test('a process that listens nowhere is shown with why', () => {
  const judged = listensOnItsPort.judge(facts({ ...silent, failure: 'it ended with code 1', listeners: [] }));
  assert.deepEqual(judged.evidence, [
    { kind: 'event', process: 'web.1', atMs: 70, what: 'does not listen at 5001: it ended with code 1' },
  ]);
});

test('what was not up says nothing of other ports, interfaces and servers', () => {
  assert.deepEqual(
    [opensNoOtherPort, listensOnEveryInterface, bringsItsServer].map(
      (probe) => probe.judge(facts(silent)).outcome,
    ),
    ['unproven', 'unproven', 'unproven'],
  );
});

test('another port is shown with the process that listens there', () => {
  const debug = { ...own, address: '127.0.0.1', port: 9229, argv: ['node', '--inspect'] };
  const judged = opensNoOtherPort.judge(facts({ listeners: [own, debug] }, second));
  assert.equal(judged.outcome, 'broken');
  assert.equal(judged.because, 'Beside the port it was given it listens at port 9229');
  assert.deepEqual(judged.evidence, [
    {
      kind: 'event',
      process: 'web.1',
      atMs: 70,
      what: 'listens at 127.0.0.1:9229',
      bytes: 'node --inspect',
    },
  ]);
});

test('of other ports five are named, and none that is another one each time', () => {
  const at = (...ports: readonly number[]): string =>
    opensNoOtherPort.judge(facts({ listeners: [own, ...ports.map((port) => ({ ...own, port }))] })).because;
  const beside = 'Beside the port it was given it listens at';
  assert.equal(at(9229, 9229, 9230), `${beside} ports 9229, 9230`);
  assert.equal(at(1, 2, 3, 4, 5, 6), `${beside} ports 1, 2, 3, 4, 5 and 1 more`);
  assert.equal(at(41_234, 9229), `${beside} port 9229 and a port that the system may have picked`);
});

test('loopback is no interface that others reach, of either family', () => {
  for (const [addresses, outcome] of [
    [['127.0.0.1'], 'broken'],
    [['127.0.1.1'], 'broken'],
    [['::1'], 'broken'],
    [['127.0.0.1', '::1'], 'broken'],
    [['0.0.0.0'], 'holds'],
    [['::'], 'holds'],
    [['10.0.0.7'], 'holds'],
    [['127.0.0.1', '0.0.0.0'], 'holds'],
  ] as const) {
    const listeners = addresses.map((address) => ({ ...own, address }));
    assert.equal(
      listensOnEveryInterface.judge(facts({ listeners })).outcome,
      outcome,
      `listening at ${addresses.join(' and ')}`,
    );
  }
});

test('a socket that was not seen is not said to be on loopback', () => {
  assert.equal(listensOnEveryInterface.judge(facts({ listeners: [] })).outcome, 'unproven');
});

test('a web server is of the machine when it lies outside of the app and its runtimes', () => {
  for (const [program, argv, outcome] of [
    ['/usr/bin/python3.13', ['python3', '-m', 'http.server', '5001'], 'broken'],
    ['/usr/bin/python2.7', ['python', '-m', 'SimpleHTTPServer', '5001'], 'broken'],
    ['/usr/bin/php8.4', ['php', '-S', '0.0.0.0:5001'], 'broken'],
    ['/usr/sbin/nginx', ['nginx: master process nginx'], 'broken'],
    ['/usr/sbin/apache2', ['apache2', '-DFOREGROUND'], 'broken'],
    ['/usr/sbin/php-fpm8.4', ['php-fpm: pool www'], 'broken'],
    ['/opt/nginx/sbin/nginx', ['nginx: master process nginx'], 'holds'],
    ['/app/bin/caddy', ['bin/caddy', 'run'], 'holds'],
    ['/usr/bin/python3.13', ['python3', 'app.py'], 'holds'],
    ['/usr/bin/python3.13', ['python3', '/app/.venv/bin/gunicorn', 'app:app'], 'holds'],
    ['/opt/node/bin/node', ['node', 'nginx.js'], 'holds'],
  ] as const) {
    const listeners = [{ ...own, program, argv }];
    assert.equal(bringsItsServer.judge(facts({ listeners })).outcome, outcome, argv.join(' '));
  }
});

test('a server of the machine that listens elsewhere is for the probe of other ports', () => {
  const nginx = { ...own, port: 8080, program: '/usr/sbin/nginx', argv: ['nginx'] };
  assert.equal(bringsItsServer.judge(facts({ listeners: [own, nginx] })).outcome, 'holds');
});
