/** Admin commands and migrations, as far as the tree tells. */
import {
  declaresItsMigrations,
  shipsAdminCodeWithTheApp,
} from '../../factors/12-admin-processes/probe-declared.ts';
import { seen } from '../../factors/law.ts';
import { adminCommands, type Declared, declaredScripts, lineWith, scriptsOf } from '../command/declared.ts';
import { type Experiment, sourceExperiment } from '../experiment.ts';
import type { Subject } from '../subject.ts';
import { type AppTree, openTree } from '../tree/app-tree.ts';
import { readProcfile } from '../tree/procfile.ts';
import { codeOf } from './12-declared/command-code.ts';
import { migratingCommands, migrationsIn } from './12-declared/migrations.ts';

const shipped = sourceExperiment({
  factor: 'admin-processes',
  name: 'the code of declared admin commands',
  probes: [shipsAdminCodeWithTheApp],
  async collect(subject, signal) {
    const tree = openTree(subject.tree, signal);
    const scripts = scriptsOf(tree);
    const declared = [...adminCommands(tree), ...scenarioCommands(subject, tree)];
    return seen({
      commands: declared.map(({ command, at }) => ({
        command,
        at,
        code: codeOf(command, { tree, scripts }),
      })),
    });
  },
});

const migrations = sourceExperiment({
  factor: 'admin-processes',
  name: 'migrations and who runs them',
  probes: [declaresItsMigrations],
  async collect(subject, signal) {
    const tree = openTree(subject.tree, signal);
    const declared = [
      ...readProcfile(tree, 'Procfile'),
      ...adminCommands(tree),
      ...declaredScripts(tree),
      ...scenarioCommands(subject, tree),
    ];
    return seen({ migrations: migrationsIn(tree), commands: migratingCommands(declared) });
  },
});

export const experiments: readonly Experiment[] = [shipped, migrations];

function scenarioCommands({ scenario, scenarioFile }: Subject, tree: AppTree): readonly Declared[] {
  const file = scenarioFile ?? 'dozen.check.yaml';
  const text = tree.read(file) ?? '';
  return scenario.admin.map((command) => ({ command, at: lineWith(file, text, command) }));
}
