import { userError } from '../../base/error.ts';
import { type Revision, sharesHistory } from './revision.ts';

/**
 * One codebase, many deploys: what is pushed to an app comes from the codebase it already runs.
 * @param known what the app runs; null: nothing yet.
 * @throws CODEBASE_FOREIGN
 */
export function refuseForeignCodebase(app: string, known: Revision | null, pushed: Revision): void {
  if (known === null || sharesHistory(known, pushed)) return;
  throw userError('CODEBASE_FOREIGN', `Cannot deploy to ${app}: ${differenceOf(known, pushed)}`, {
    hint: 'If it shall take the place of the old code, deploy with --new-codebase, or "git push -o new-codebase dozen main"',
  });
}

function differenceOf(known: Revision, pushed: Revision): string {
  if (pushed.roots.length === 0) return 'the history of this code is not known';
  if (known.roots.length === 0) return 'the history of what it runs is not known';
  return 'this code has no commit in common with what it runs';
}
