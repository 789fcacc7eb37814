import { choice, type Shape } from '../../base/shape.ts';
import type { Schedule } from './schedule.ts';

/** A schedule that was set by command, beside those that app.json declares. */
export interface SetSchedule extends Omit<Schedule, 'cron'> {
  /** As it was written, e.g. `30 2 * * *`. */
  readonly cron: string;
  readonly overlap: Overlap;
}

/**
 * What becomes of a run that is due while the one before runs on.
 *
 * - `skip`: it is left out.
 * - `queue`: it starts when the one before has ended.
 * - `allow`: both run.
 */
export type Overlap = (typeof overlaps)[number];

const overlaps = ['skip', 'queue', 'allow'] as const;

export const overlap: Shape<Overlap> = choice(overlaps);
