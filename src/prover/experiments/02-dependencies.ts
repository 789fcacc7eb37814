/** Dependencies: commands that a build did not find, and programs that were started while the app ran. */
import {
  type BuildToolFacts,
  buildsWithDeclaredTools,
  type ProgramFacts,
  runsOnlyDeclaredPrograms,
} from '../../factors/02-dependencies/probe-run.ts';
import { nothingToSee, seen, unseen } from '../../factors/law.ts';
import { buildExperiment, type Experiment, runExperiment, whyNotBuilt } from '../experiment.ts';
import { startedPrograms } from '../lab/started-programs.ts';
import { declarationsIn } from './02-dependencies/declarations.ts';

const tools = buildExperiment<BuildToolFacts>({
  factor: 'dependencies',
  name: 'the tools that a build calls',
  probes: [buildsWithDeclaredTools],
  async collect(attempt) {
    if (attempt.ok && attempt.builder !== 'node')
      return nothingToSee('Nothing is built: the tree is what runs');
    if (attempt.ok) return seen({ built: true, builder: attempt.builder });
    if (attempt.code !== 'BUILD_FAILED') return unseen(whyNotBuilt(attempt));
    return seen({ built: false, ...attempt });
  },
});

const programs = runExperiment<ProgramFacts>({
  factor: 'dependencies',
  name: 'programs that the app starts',
  probes: [runsOnlyDeclaredPrograms],
  async collect(lab) {
    const { instances } = await lab.watched();
    const failed = instances.find(({ readiness }) => !readiness.ready);
    const started = instances
      .flatMap(({ instance }) =>
        startedPrograms(instance.trace()).map((start) => ({ ...start, process: instance.name })),
      )
      .sort((a, b) => a.atMs - b.atMs);
    const facts = { started, declared: declarationsIn(lab.subject.tree) };
    const judged = runsOnlyDeclaredPrograms.judge(facts);
    // What was started before it failed may be shown; what would have been started after it cannot be told.
    if (judged.outcome !== 'broken' && failed?.readiness.ready === false)
      return unseen(`${failed.instance.name} did not come up: ${failed.readiness.why}`);
    return seen(facts);
  },
});

export const experiments: readonly Experiment[] = [tools, programs];
