/** Migrations in the tree, and commands that would run them. */
import path from 'node:path';
import type { MigrationsFacts } from '../../../factors/12-admin-processes/probe-declared.ts';
import type { Declared } from '../../command/declared.ts';
import { type AppTree, isOwn } from '../../tree/app-tree.ts';
import { lineOf } from '../../tree/place.ts';

const inFolder =
  /^((?:.*\/)?(?:migrations?|db\/migrate|drizzle|alembic\/versions))\/(?:[^/]+\/)?[^/]+\.(?:sql|[cm]?[jt]s|py|rb)$/;

const settings = /^(?:knexfile\.[cm]?[jt]s|\.sequelizerc|drizzle\.config\.[cm]?[jt]s|alembic\.ini)$/;

/** One for each folder or file of settings. */
export function migrationsIn(tree: AppTree): MigrationsFacts['migrations'] {
  const found = new Map<string, MigrationsFacts['migrations'][number]>();
  for (const file of tree.files.filter(isOwn)) {
    const folder = path.posix.basename(file) === '__init__.py' ? undefined : inFolder.exec(file)?.[1];
    const what = folder ?? file;
    const isOther = folder === undefined && !settings.test(path.posix.basename(file));
    if (isOther || found.has(what)) continue;
    found.set(what, { what, at: lineOf(file, tree.read(file) ?? '', 1) });
  }
  return [...found.values()];
}

const runs =
  /(?<![a-z\d])(?:run[-_]?)?migrat(?:e|ions?|or)(?![a-z])|\bprisma\s+db\s+push\b|\bdrizzle-kit\s+push\b|\balembic\s+upgrade\b|\b(?:rails|rake)\s+db:(?:prepare|setup)\b|\b(?:flyway|dbmate|goose|umzug)\b|\bdb\s+upgrade\b/i;

/** They make, show or take back migrations. */
const otherwise =
  /\bmigrat(?:e|ions?)[: ](?:make|create|generate|new|dev|diff|status|list|reset|rollback|down|revert|undo)\b|\bdrizzle-kit\s+generate\b|\bmakemigrations\b|\balembic\s+(?:revision|downgrade)\b/i;

/** @param commands a script of `package.json` with its name before it */
export function migratingCommands(commands: readonly Declared[]): readonly Declared[] {
  return commands.filter(({ command }) => runs.test(command) && !otherwise.test(command));
}
