import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { userError } from '../base/error.ts';
import type { DeployEvent } from '../factors/deploy-event.ts';
import { revision } from '../store/contract/subject.contract.ts';
import { type OutputKind, type Outputs, openOutputs } from '../store/outputs.ts';
import { recordOutputs, releaseOutputId } from './output-recorder.ts';

function scratch(context: TestContext): Outputs {
  const folder = mkdtempSync(path.join(tmpdir(), 'dozen-recorder-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return openOutputs(folder);
}

const error = userError('BUILD_FAILED', 'Cannot build: no luck', { hint: 'Mend it' }).toJSON();
const source: DeployEvent = { kind: 'source', revision, files: 4, bytes: 10 };
const builder: DeployEvent = { kind: 'builder', name: 'node', reason: 'package.json', buildId: 'b1' };
const built: DeployEvent = {
  kind: 'built',
  buildId: 'b1',
  builder: 'node',
  runtimes: ['node 26.10.0'],
  packages: null,
  reused: false,
  bytes: 2048,
  digest: 'd'.repeat(64),
  ms: 1234,
};
const phase = { appId: 'a1', version: 3 } as const;

/** Follows to its end: one that has none fails by the limit. */
async function textOf(outputs: Outputs, kind: OutputKind, id: string): Promise<string> {
  const signal = AbortSignal.timeout(10_000);
  const parts = await Array.fromAsync(outputs.read(kind, id, { follow: true, signal }));
  assert.ok(!signal.aborted, 'the output has an end');
  return parts.join('');
}

test('a build is kept with its stages, whatever its tools print', async (context) => {
  const outputs = scratch(context);
  const { hear, close } = recordOutputs(outputs);
  for (const event of [source, builder]) hear(event);
  for (const text of ['added 1', '2 packages\nno newline']) hear({ kind: 'output', text });
  hear(built);
  await close();
  assert.equal(
    (await textOf(outputs, 'build', 'b1')).replace(/codebase .*/, 'codebase'),
    `codebase
build     node (package.json)
added 12 packages
no newline
build     node 26.10.0, slug 2 KB, dddddddddddd (1.23 s)
`,
  );
});

test('a build that fails ends with why', async (context) => {
  const outputs = scratch(context);
  const { hear, close } = recordOutputs(outputs);
  for (const event of [source, builder]) hear(event);
  hear({ kind: 'failed', error });
  await close();
  assert.match(
    await textOf(outputs, 'build', 'b1'),
    /^build {5}node \(package\.json\)\nCannot build: no luck \(BUILD_FAILED\)\n {2}Next: Mend it\n$/m,
  );
});

test('a build and the release phase after it are two outputs, and what follows is in neither', async (context) => {
  const outputs = scratch(context);
  const { hear, close } = recordOutputs(outputs);
  for (const event of [source, builder, built]) hear(event);
  hear({ kind: 'release', version: 3, description: 'Deploy', unchanged: false });
  hear({ kind: 'release-output', ...phase, text: 'migrated' });
  hear({ kind: 'release-phase', ...phase, command: 'migrate', outcome: 'exit code 0', ms: 10 });
  hear({ kind: 'process', process: 'web.1', release: 3, state: 'up', detail: '', ms: 1 });
  const text = 'migrated\nrelease   phase `migrate`: exit code 0 (0.01 s)\n';
  assert.equal(await textOf(outputs, 'release', releaseOutputId('a1', 3)), text, 'before the change is over');
  hear({ kind: 'failed', error });
  await close();
  assert.equal(await textOf(outputs, 'release', releaseOutputId('a1', 3)), text);
  assert.doesNotMatch(await textOf(outputs, 'build', 'b1'), /migrated/);
});

test('a release phase that fails has the failure in its output', async (context) => {
  const outputs = scratch(context);
  const { hear, close } = recordOutputs(outputs);
  hear({ kind: 'release-phase', ...phase, command: 'migrate', outcome: 'exit code 1', ms: 10 });
  hear({ kind: 'failed', error });
  await close();
  assert.match(await textOf(outputs, 'release', 'a1.3'), /exit code 1 .*\nCannot build: no luck/);
});

test('a disk that is full ends the output and nothing else', async (context) => {
  const outputs = scratch(context);
  const full = userError('DISK_FULL', 'Cannot keep the output: the disk is full');
  let room = 2;
  const small: Outputs = {
    ...outputs,
    writer(kind, id) {
      const writer = outputs.writer(kind, id);
      return {
        write(text) {
          room -= 1;
          if (room < 0 && room > -3) throw full;
          writer.write(text);
        },
        end: (outcome) => writer.end(outcome),
      };
    },
  };
  const { hear, close } = recordOutputs(small);
  for (const event of [source, builder, { kind: 'output', text: 'lost' } as const, built]) hear(event);
  room = 1;
  await close();
  const text = await textOf(outputs, 'build', 'b1');
  assert.match(text, /node \(package\.json\)/);
  assert.doesNotMatch(text, /lost|slug/);
});
