/** Dozen's own admin tasks. */
import { printJson } from '../print.ts';
import { command } from '../spec.ts';

export const migrate = command({
  name: 'migrate',
  summary: "brings the store's layout up to this Dozen's, as dozen up and dozen server do at their start",
  options: {},
  details: 'Where there is no home it makes one. Refused while a platform runs over the home.',
  examples: [['dozen migrate', 'before a server of a new version is started']],
  async run({ json }, doors) {
    const migrated = await (await doors.admin()).migrate();
    if (json) return printJson(migrated);
    const { home, from, to } = migrated;
    process.stdout.write(
      from === to
        ? `The store of ${home} has layout ${to} already\n`
        : `The store of ${home}: layout ${from} → ${to}\n`,
    );
    return 0;
  },
});

export const rotateKey = command({
  name: 'rotate-key',
  summary: 'makes a new master key, in the store and in keys/master.key',
  options: {},
  details: `Refused while a platform runs over the home; apps that were left running run on. Whatever is cut off, the next start finishes it.
Backups of the store that were taken before need the key of then: keep it as long as you keep them.`,
  examples: [['dozen rotate-key', 'after somebody has left who could read the key']],
  async run({ json }, doors) {
    const rotated = await (await doors.admin()).rotateKey();
    if (json) return printJson(rotated);
    process.stdout.write(`The store takes the key ${rotated.id} now, in ${rotated.file}\n`);
    return 0;
  },
});
