/** What builds leave whose own process was killed: the step it was at, and its folder. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type BuildHostOptions, sweepSteps } from '../engines/local/build-host.ts';
import { isAlive, markedIn } from '../engines/local/proc.ts';
import { removeTree } from '../engines/local/run-folder.ts';
import { homeFolder } from '../store/home.ts';
import { systemClock } from './system.ts';

/** Where the steps of this home's builds run, whoever looks. */
export function stepsOf(home: string): Omit<BuildHostOptions, 'person'> {
  return { folder: path.join(homeFolder(home, 'builds'), 'steps'), name: 'builds', clock: systemClock };
}

export async function sweepBuilds(home: string): Promise<void> {
  await sweepSteps(stepsOf(home));
  const builds = homeFolder(home, 'builds');
  if (!existsSync(builds)) return;
  for (const name of readdirSync(builds).filter((each) => each.startsWith('build-'))) {
    const builder = markedIn(name);
    if (builder === null || !isAlive(builder)) await removeTree(path.join(builds, name));
  }
}
