import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCgroups, judgeClock, judgeDisk, judgeFiles, judgeProgram, judgeRoles } from './judge.ts';

const gib = 1024 ** 3;
const hourMs = 60 * 60_000;

test('a disk is bad with less than a gibibyte, or with hardly an inode', () => {
  const disk = { freeBytes: 5.25 * gib, freeInodes: 90_000, inodes: 100_000 };
  assert.deepEqual(judgeDisk(disk), {
    state: 'good',
    said: '5.3 GiB free, room for 90000 more files',
    next: null,
  });
  assert.equal(judgeDisk({ ...disk, freeBytes: gib - 1 }).state, 'bad');
  assert.match(judgeDisk({ ...disk, freeInodes: 100 }).next ?? '', /^df -i/);
  assert.equal(judgeDisk({ freeBytes: gib, freeInodes: 0, inodes: null }).said, '1.0 GiB free');
});

test('a clock is bad that is hours before what was written down', () => {
  assert.equal(judgeClock(100 * hourMs, 100.5 * hourMs).state, 'good');
  const { state, said } = judgeClock(0, 5 * hourMs);
  assert.equal(state, 'bad');
  assert.equal(said, '1970-01-01T00:00:00.000Z is 5 h before what the platform has written down');
});

test('few open files are bad', () => {
  assert.equal(judgeFiles(1024).state, 'bad');
  assert.equal(judgeFiles(524_288).said, 'a process may open 524288 files');
  assert.equal(judgeFiles(null).said, 'a process may open any number of files');
});

test('what no cgroup holds is noted', () => {
  assert.equal(judgeCgroups(2, ['memory', 'pids', 'cpu']).state, 'good');
  assert.equal(
    judgeCgroups(1, ['memory', 'pids']).said,
    'version 1: memory, pids; limits of cores are not held',
  );
  assert.deepEqual(judgeCgroups(null, []), {
    state: 'note',
    said: 'none that Dozen may write to; memory is measured instead, each second; limits of cores are not held',
    next: null,
  });
});

test('a platform with a role less is bad, and none is a note', () => {
  assert.equal(judgeRoles([]).state, 'note');
  assert.equal(judgeRoles(['control', 'runner', 'router', 'router']).state, 'good');
  assert.equal(judgeRoles(['runner', 'router', 'router']).said, 'control 0, runner 1, router 2');
  assert.equal(judgeRoles(['runner', 'router', 'router']).state, 'bad');
});

test('a program tells its version, or is missed as much as it is needed', () => {
  const missing = { state: 'bad', so: 'not there', next: 'apt-get install git' } as const;
  assert.equal(judgeProgram('git version 2.39.5', missing).said, '2.39.5');
  assert.deepEqual(judgeProgram(null, missing), {
    state: 'bad',
    said: 'not there',
    next: 'apt-get install git',
  });
});
