import type { Config } from './config.ts';
import type { Secret } from './secret.ts';

/** By name: a value sets, null unsets. */
export type ConfigChanges = ReadonlyMap<string, Secret | null>;

/** Those that make a difference to `config`. */
export function changed(config: Config, changes: ConfigChanges): ConfigChanges {
  return new Map(
    [...changes].filter(([name, value]) => {
      const before = config.get(name);
      return value === null ? before !== undefined : before?.reveal() !== value.reveal();
    }),
  );
}

/** As a release is described: names only, in Heroku's words. */
export function describeChanges(changes: ConfigChanges): string {
  const names = (isSet: boolean): string[] =>
    [...changes].flatMap(([name, value]) => ((value !== null) === isSet ? [name] : []));
  const parts = [
    { verb: 'Set', names: names(true) },
    { verb: names(true).length === 0 ? 'Remove' : 'remove', names: names(false) },
  ].filter((part) => part.names.length > 0);
  return `${parts.map((part) => `${part.verb} ${listed(part.names)}`).join(', ')} config ${changes.size === 1 ? 'var' : 'vars'}`;
}

/** A release's description is read in a list: the first few tell enough. */
function listed(names: readonly string[]): string {
  const shown = 5;
  const more = names.length - shown;
  return more > 0 ? `${names.slice(0, shown).join(', ')} and ${more} more` : names.join(', ');
}
