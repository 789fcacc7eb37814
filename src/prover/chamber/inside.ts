/** The chamber's first process: reads its job, runs the experiments, tells what they found, and ends. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { toNdjson } from '../../base/ndjson.ts';
import { conduct } from '../conduct.ts';
import { memoryMount } from '../lab/mount.ts';
import { type OpenLab, openLab } from '../lab/open-lab.ts';
import { Unobservable } from '../unobservable.ts';
import type { ChamberJob, ChamberMessage } from './job.ts';
import { maskerFor, maskTexts } from './mask.ts';

export async function runChamber(): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  const [line] = (await once(lines, 'line')) as [string];
  lines.once('close', () => process.exit(1));
  const job = JSON.parse(line) as ChamberJob;
  const mask = maskerFor(Object.values(job.secrets));
  const say = (message: ChamberMessage): void =>
    void process.stdout.write(toNdjson(maskTexts(message, mask)));
  const lab = await furnish(job, (note) => say({ note })).catch((error: unknown) => {
    if (!(error instanceof Unobservable)) throw error;
    say({ failed: error.message });
    return null;
  });
  if (lab !== null) {
    await conduct(lab, { job, say });
    say({ done: true });
  }
  // What is still running ends with this process.
  process.stdout.write('', () => process.exit(0));
}

/** @throws Unobservable when the system lacks or refuses something that every experiment needs */
async function furnish(job: ChamberJob, note: (text: string) => void): Promise<OpenLab> {
  openLoopback();
  // What servers and apps share in memory is not the machine's to keep.
  memoryMount('/dev/shm', { size: '256m', files: 10_000, mode: '1777' });
  return openLab(job, note);
}

function openLoopback(): void {
  const { status, stderr, error } = spawnSync('ip', ['link', 'set', 'lo', 'up'], { encoding: 'utf8' });
  if (error !== undefined) throw new Unobservable('ip is missing: apt-get install iproute2');
  if (status !== 0) throw new Unobservable(`ip link set lo up: ${stderr.trim()}`);
}
