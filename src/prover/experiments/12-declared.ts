/** Admin commands and migrations, as far as the tree tells. */
import { lstatSync } from 'node:fs';
import path from 'node:path';
import {
  declaresItsMigrations,
  type ShippedFacts,
  shipsAdminCodeWithTheApp,
} from '../../factors/12-admin-processes/probe-declared.ts';
import { seen } from '../../factors/law.ts';
import { adminCommands, type Declared, declaredScripts, lineWith, scriptsOf } from '../command/declared.ts';
import { buildExperiment, type Experiment, sourceExperiment } from '../experiment.ts';
import type { Subject } from '../subject.ts';
import { type AppTree, openTree } from '../tree/app-tree.ts';
import { readProcfile } from '../tree/procfile.ts';
import { codeOf, type Place } from './12-declared/command-code.ts';
import { migratingCommands, migrationsIn } from './12-declared/migrations.ts';

const shipped = sourceExperiment({
  factor: 'admin-processes',
  name: 'the code of declared admin commands',
  probes: [shipsAdminCodeWithTheApp],
  collect: async (subject, signal) =>
    seen(commandsOf(subject, { tree: openTree(subject.tree, signal), isBuilt: null })),
});

/** Once the app is built it can be told of every file: this finding takes the other's place. */
const built = buildExperiment({
  factor: 'admin-processes',
  name: 'the code of admin commands in what was built',
  probes: [shipsAdminCodeWithTheApp],
  async collect(attempt, subject) {
    const tree = openTree(subject.tree, new AbortController().signal);
    const root = attempt.ok ? path.join(attempt.app.root, 'app') : null;
    const isBuilt =
      root === null
        ? null
        : (file: string) => lstatSync(path.join(root, file), { throwIfNoEntry: false }) !== undefined;
    return seen(commandsOf(subject, { tree, isBuilt }));
  },
});

function commandsOf(subject: Subject, { tree, isBuilt }: Pick<Place, 'tree' | 'isBuilt'>): ShippedFacts {
  const scripts = scriptsOf(tree);
  const declared = [...adminCommands(tree), ...scenarioCommands(subject, tree)];
  return {
    commands: declared.map(({ command, at }) => ({
      command,
      at,
      code: codeOf(command, { tree, scripts, isBuilt }),
    })),
  };
}

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

export const experiments: readonly Experiment[] = [shipped, migrations, built];

function scenarioCommands({ scenario, scenarioFile }: Subject, tree: AppTree): readonly Declared[] {
  const file = scenarioFile ?? 'dozen.check.yaml';
  const text = tree.read(file) ?? '';
  return scenario.admin.map((command) => ({ command, at: lineWith(file, text, command) }));
}
