import { type DozenError, userError } from '../../base/error.ts';
import { type Revision, sharesHistory } from './revision.ts';

/**
 * One codebase, many deploys: what is deployed to an app comes from the codebase it already runs. CODEBASE_FOREIGN when it does
 * not; null when it does, or that cannot be told: a tarball has no history.
 * @param known what the app runs; null: nothing yet.
 */
export function foreignCodebase(app: string, known: Revision | null, deployed: Revision): DozenError | null {
  if (known === null || known.roots.length === 0 || deployed.roots.length === 0) return null;
  if (sharesHistory(known, deployed)) return null;
  return userError(
    'CODEBASE_FOREIGN',
    `Cannot deploy to ${app}: this code has no commit in common with what it runs`,
    {
      hint: 'If it shall take the place of the old code, deploy with --new-codebase, or "git push -o new-codebase dozen main"',
    },
  );
}
