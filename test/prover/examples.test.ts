/** Each example with its own factor only; `npm run prove:matrix` checks everything with everything. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { factorOf } from '../../src/factors/law.ts';
import { brokenIn, checkApp } from '../parts/checked-app.ts';
import { brokenExamples, codebaseOfExample, type ExampleApp } from '../parts/example-apps.ts';

/** Some wait more than they work. */
const limit = { timeout: 400_000, concurrency: 3 };
/** First, so that nothing is left to wait for at the end. */
const longest = ['09-slow-start', '09-cannot-be-stopped-early', '09-ignores-sigterm'];

test('every broken example is broken by its own probe, with evidence', limit, async (t) => {
  await Promise.all(
    longestFirst(brokenExamples()).map((app) =>
      t.test(app.name, { skip: app.missing.length > 0 && `needs ${app.missing.join(', ')}` }, async () => {
        const codebase = codebaseOfExample(app);
        after(() => codebase.remove());
        const factor = factorOf(app.probe ?? assert.fail());
        const report = await checkApp(codebase.folder, { factors: [factor] });
        assert.deepEqual(
          brokenIn(report),
          app.broken.filter((probe) => factorOf(probe) === factor),
        );
        const finding = report.rows
          .flatMap(({ findings }) => findings)
          .find(({ probe }) => probe === app.probe);
        assert.ok((finding?.evidence.length ?? 0) > 0, 'what is broken is shown');
        assert.equal(report.rows[0]?.verdict, 'broken');
      }),
    ),
  );
});

function longestFirst(apps: readonly ExampleApp[]): readonly ExampleApp[] {
  const rank = ({ name }: ExampleApp): number => (longest.some((each) => name.endsWith(each)) ? 0 : 1);
  return apps.toSorted((a, b) => rank(a) - rank(b));
}
