import assert from 'node:assert/strict';
import { test } from 'node:test';
import { broken, type Finding } from '../../factors/law.ts';
import type { CheckEvent } from '../check.ts';
import { showProgress } from './progress.ts';

const findings: readonly Finding[] = [
  {
    probe: 'logs/writes-no-log-file',
    ...broken('It does', [{ kind: 'event', atMs: 1, process: 'web.1', what: 'opened a file' }]),
  },
];
const begins: CheckEvent = { kind: 'begins', factor: 'logs', experiment: 'a request\u001b[2J', atMs: 0 };
const ends: CheckEvent = { ...begins, kind: 'ends', tookMs: 3_210, findings };

function screen(isTTY: boolean, columns = 40) {
  const shown: string[] = [];
  let ms = 0;
  const out = { isTTY, columns, write: (text: string) => shown.push(text) };
  const progress = showProgress({ out, colour: false, now: () => ms });
  const pass = (more: number): void => {
    ms += more;
  };
  return { progress, pass, taken: () => shown.splice(0).join('') };
}

test('elsewhere than on a terminal each thing that is done is a line', () => {
  const { progress, taken } = screen(false);
  progress.event({ kind: 'stage', what: 'builds', atMs: 0 });
  progress.event({ kind: 'build-output', text: 'one\n\ntwo\u001b[1m\n' });
  progress.event({ kind: 'build-output', text: '\n' });
  progress.event(begins);
  progress.event(ends);
  assert.equal(
    taken(),
    '· builds\n  | one\n  | two\\x1b[1m\n✗ broken          logs: a request\\x1b[2J  3.21 s\n',
  );
});

test('what is accepted is not told as broken', () => {
  const { progress, taken } = screen(false);
  const accepted = { reason: 'It is known', until: '2026-12-24' };
  progress.event({ ...ends, findings: findings.map((finding) => ({ ...finding, accepted })) });
  assert.equal(taken(), '– accepted        logs: a request\\x1b[2J  3.21 s\n');
});

test('on a terminal one line is rewritten, no wider than it is', () => {
  const { progress, pass, taken } = screen(true);
  progress.event({ kind: 'stage', what: 'builds', atMs: 0 });
  assert.equal(taken(), '\r\u001b[K· builds  0 s');
  pass(2_500);
  progress.event({ kind: 'build-output', text: 'fetching something with a name that is long\n' });
  assert.equal(taken(), '\r\u001b[K· builds  | fetching something with a …');
  progress.event(begins);
  pass(1_000);
  progress.event({ ...begins, factor: 'config', experiment: 'other' });
  assert.match(taken(), /\r\u001b\[K· proving config: other, and 1 more ex…$/);
  progress.event(ends);
  assert.equal(
    taken(),
    '\r\u001b[K✗ broken          logs: a reque…  3.21 s\n\r\u001b[K· proving config: other  0 s',
  );
  progress.stop();
});

test('a terminal that does not know its width is taken for one of 80 columns', () => {
  const { progress, taken } = screen(true, 0);
  progress.event({ kind: 'stage', what: 'building', atMs: 0 });
  assert.equal(taken(), '\r\u001b[K· building  0 s');
  progress.stop();
});

test('nothing is drawn while somebody else has the terminal, nor after the stop, and no timer is left', () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const { progress, taken } = screen(true);
  progress.event(begins);
  const resume = progress.pause();
  taken();
  progress.event({ kind: 'stage', what: 'asks', atMs: 0 });
  assert.equal(taken(), '');
  resume();
  progress.stop();
  progress.stop();
  assert.equal(taken(), '\r\u001b[K');
  progress.event(begins);
  progress.event(ends);
  assert.equal(taken(), '');
  assert.equal(timers(), before);
});
