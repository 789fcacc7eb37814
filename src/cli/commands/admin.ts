/** Dozen's own admin tasks. */
import path from 'node:path';
import { type Colour, paint } from '../../api/paint.ts';
import { printable, size } from '../../api/stages.ts';
import { printJson } from '../print.ts';
import { command, usage } from '../spec.ts';

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

export const backup = command({
  name: 'backup',
  summary: 'writes everything the platform knows to one file, while it runs',
  options: {
    out: { type: 'string', value: 'FILE', help: 'a file that is not there yet' },
    'with-key': {
      type: 'boolean',
      help: 'the master key too: whoever has the file can read all config then',
    },
  },
  details: `In it: the ledger, builds, pushed repositories, outputs, and the data of each backing service. Not in it: the logs of apps, and the
master key (keys/master.key), without which nobody can read config and credentials: keep it apart.`,
  examples: [['dozen backup --out /backups/monday.dozen', 'on the platform’s machine']],
  async run({ options, json }, doors) {
    if (options.out === null) throw usage({ name: 'backup' }, '--out is missing');
    const wish = { file: path.resolve(options.out), withKey: options['with-key'] };
    const made = await (await doors.admin()).backUp(wish);
    if (json) return printJson(made);
    process.stdout.write(`${made.file}: ${size(made.size)}, with the data of ${made.services} services\n`);
    process.stderr.write(
      made.key
        ? 'The master key is in it: keep the file closed\n'
        : 'The master key is not in it: keep keys/master.key of the home apart from it\n',
    );
    return 0;
  },
});

export const restore = command({
  name: 'restore',
  summary: 'makes a home of a backup; the next dozen server serves from it',
  options: { from: { type: 'string', value: 'FILE', help: 'a file that dozen backup made' } },
  details:
    'DOZEN_HOME names the new home, which must not be there yet. A file that is cut off or was changed is refused as a whole.',
  examples: [['DOZEN_HOME=/srv/dozen dozen restore --from monday.dozen', 'on the new machine']],
  async run({ options, json }, doors) {
    if (options.from === null) throw usage({ name: 'restore' }, '--from is missing');
    const restored = await (await doors.admin()).restore(path.resolve(options.from));
    if (json) return printJson(restored);
    const { home, createdAt, key } = restored;
    process.stdout.write(`${home}: as it was at ${new Date(createdAt).toISOString()}\n`);
    process.stdout.write(
      key
        ? 'Next: dozen server\n'
        : `Next: put master.key into ${path.join(home, 'keys')} (chmod 600), or set DOZEN_KEY, then dozen server\n`,
    );
    return 0;
  },
});

const colours: Readonly<Record<'good' | 'note' | 'bad', Colour>> = {
  good: 'green',
  note: 'yellow',
  bad: 'red',
};

export const doctor = command({
  name: 'doctor',
  summary: 'tells what is wrong with this machine and the platform over it, with what to type',
  options: {},
  details: 'Exit code 1 when something needs mending. It changes nothing.',
  examples: [['dozen doctor', 'before the first dozen server, and when something is odd']],
  async run({ json }, doors) {
    const findings = await (await doors.admin()).examine();
    const code = findings.some(({ state }) => state === 'bad') ? 1 : 0;
    if (json) {
      printJson(findings);
      return code;
    }
    for (const { what, state, said, next } of findings) {
      const { stdout } = process;
      stdout.write(
        `${paint(stdout, colours[state], state.padEnd(4))}  ${what.padEnd(10)}  ${printable(said)}\n`,
      );
      if (next !== null) stdout.write(`${' '.repeat(18)}Next: ${printable(next)}\n`);
    }
    return code;
  },
});
