/** Codebase: how the build of a clean clone went. */
import { buildsFromACleanClone, type CleanBuildFacts } from '../../factors/01-codebase/probe-build.ts';
import { seen } from '../../factors/law.ts';
import { buildExperiment } from '../experiment.ts';

export const experiments = [
  buildExperiment<CleanBuildFacts>({
    factor: 'codebase',
    name: 'a build of a clean clone',
    probes: [buildsFromACleanClone],
    collect: async (attempt, { commit }) =>
      seen({
        commit: commit?.id ?? null,
        result: attempt.ok ? { ok: true, builder: attempt.builder, tookMs: attempt.app.tookMs } : attempt,
      }),
  }),
];
