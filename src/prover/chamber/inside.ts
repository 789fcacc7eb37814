/** The chamber's first process: reads its job, runs the experiments, tells what they found, and ends. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { toNdjson } from '../../base/ndjson.ts';
import { conduct } from '../conduct.ts';
import { openLab } from '../lab/open-lab.ts';
import type { ChamberJob, ChamberMessage } from './job.ts';
import { maskerFor } from './mask.ts';

export async function runChamber(): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  const [line] = (await once(lines, 'line')) as [string];
  lines.once('close', () => process.exit(1));
  const job = JSON.parse(line) as ChamberJob;
  const mask = maskerFor(Object.values(job.secrets));
  const say = (message: ChamberMessage): void => void process.stdout.write(mask(toNdjson(message)));
  openLoopback();
  const lab = await openLab(job);
  await conduct(lab, { job, say });
  say({ done: true });
  // What is still running ends with this process.
  process.stdout.write('', () => process.exit(0));
}

function openLoopback(): void {
  const { status, stderr } = spawnSync('ip', ['link', 'set', 'lo', 'up'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip link set lo up: ${stderr}`);
}
