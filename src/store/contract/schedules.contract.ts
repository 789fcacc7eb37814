import assert from 'node:assert/strict';
import type { SetSchedule } from '../../factors/12-admin-processes/set-schedule.ts';
import type { Store } from '../store.ts';
import { contractTest, type OpenLedger, startedAt } from './subject.contract.ts';

const nightly: SetSchedule = {
  name: 'nightly',
  command: 'node report.js',
  cron: '30 2 * * *',
  timeZone: 'Europe/Berlin',
  overlap: 'skip',
};

function ran(store: Store, appId: string, schedule: string) {
  return store.addScheduleRun({
    appId,
    schedule,
    plannedAt: startedAt - 60,
    startedAt,
    outcome: 'started',
    process: 'scheduler.1',
  });
}

export function schedulesContract(open: OpenLedger): void {
  contractTest(open, 'schedules are listed by name until they are removed', ({ store, reopen }) => {
    const [app, other] = [store.createApp('guestbook'), store.createApp('other')];
    const hourly: SetSchedule = { ...nightly, name: 'hourly', cron: '@hourly', overlap: 'queue' };
    for (const schedule of [nightly, hourly]) store.addSchedule(app.id, schedule);
    store.addSchedule(other.id, nightly);
    assert.deepEqual(reopen().schedules(app.id), [hourly, nightly]);
    store.removeSchedule(app.id, 'nightly');
    assert.deepEqual(reopen().schedules(app.id), [hourly]);
    assert.deepEqual(reopen().schedules(other.id), [nightly]);
    assert.throws(() => store.removeSchedule(app.id, 'nightly'), {
      code: 'SCHEDULE_UNKNOWN',
      message: 'Cannot remove schedule "nightly": the app has none of that name',
    });
  });

  contractTest(open, 'a name is of one schedule of the app', ({ store }) => {
    const app = store.createApp('guestbook');
    store.addSchedule(app.id, nightly);
    assert.throws(() => store.addSchedule(app.id, { ...nightly, command: 'node other.js' }), {
      code: 'SCHEDULE_NAME_TAKEN',
      message: 'Cannot add schedule "nightly": the app has one of that name',
    });
    assert.deepEqual(store.schedules(app.id), [nightly]);
    store.destroyApp(app.id);
    assert.deepEqual(store.schedules(app.id), []);
    assert.throws(() => store.addSchedule(app.id, nightly), {
      code: 'APP_GONE',
      message: 'Cannot add schedule "nightly": app "guestbook" was destroyed',
    });
  });

  contractTest(open, 'runs are listed newest first, and end once', ({ store, clock, reopen }) => {
    const app = store.createApp('guestbook');
    const first = ran(store, app.id, 'nightly');
    assert.deepEqual(first, {
      id: first.id,
      appId: app.id,
      schedule: 'nightly',
      plannedAt: startedAt - 60,
      startedAt,
      outcome: 'started',
      process: 'scheduler.1',
      endedAt: null,
      exit: null,
    });
    const missed = {
      appId: app.id,
      schedule: 'hourly',
      plannedAt: startedAt,
      startedAt: null,
      process: null,
    };
    const second = store.addScheduleRun({ ...missed, outcome: 'missed' });
    ran(store, store.createApp('other').id, 'nightly');
    clock.set(startedAt + 5);
    store.endScheduleRun(first.id, 'exit code 1');
    clock.set(startedAt + 6);
    store.endScheduleRun(first.id, 'exit code 0');
    store.endScheduleRun(9_999, 'exit code 0');
    const ended = { ...first, endedAt: startedAt + 5, exit: 'exit code 1' };
    assert.deepEqual(reopen().scheduleRuns(app.id, { limit: 10 }), [second, ended]);
    assert.deepEqual(reopen().scheduleRuns(app.id, { limit: 1 }), [second]);
    assert.deepEqual(reopen().scheduleRuns(app.id, { schedule: 'nightly', limit: 10 }), [ended]);
    assert.deepEqual(reopen().lastScheduleRun(app.id, 'nightly'), ended);
    assert.equal(reopen().lastScheduleRun(app.id, 'weekly'), null);
  });

  contractTest(open, 'the newest 500 runs of an app are kept, and the last of each schedule', (subject) => {
    const { store, reopen } = subject;
    const [app, other] = [store.createApp('guestbook'), store.createApp('other')];
    const daily = ran(store, app.id, 'daily');
    const theirs = ran(store, other.id, 'daily');
    const often = Array.from({ length: 510 }, () => ran(store, app.id, 'often').id);
    const kept = reopen().scheduleRuns(app.id, { limit: 1_000 });
    assert.deepEqual(
      kept.map(({ id }) => id),
      [...often.slice(-499).reverse(), daily.id],
    );
    assert.deepEqual(store.lastScheduleRun(app.id, 'daily'), daily);
    assert.deepEqual(store.scheduleRuns(other.id, { limit: 10 }), [theirs]);
    ran(store, app.id, 'daily');
    assert.ok(!store.scheduleRuns(app.id, { limit: 1_000 }).some(({ id }) => id === daily.id));
  });

  contractTest(open, 'the id of a run that was dropped is not given again', ({ store, reopen }) => {
    const app = store.createApp('guestbook');
    const { id } = ran(store, app.id, 'nightly');
    store.destroyApp(app.id);
    assert.deepEqual(store.scheduleRuns(app.id, { limit: 10 }), []);
    assert.ok(ran(reopen(), store.createApp('other').id, 'nightly').id > id);
    assert.throws(() => ran(store, app.id, 'nightly'), {
      code: 'APP_GONE',
      message: 'Cannot note a run of nightly: app "guestbook" was destroyed',
    });
  });
}
