/** The probes that somebody may have meant by a name that is none. */
import { type Factor, factorOf, factors, type ProbeId } from '../../factors/law.ts';
import { nearest } from '../scenario/complaint.ts';

/** The likeliest first, then those of its factor; none: nothing is near. */
export function probesNear(word: string, ids: readonly ProbeId[]): readonly ProbeId[] {
  const meant = probeMeant(word.toLowerCase(), ids);
  const factor = meant === null ? factorMeant(word.toLowerCase()) : factorOf(meant);
  const siblings = ids.filter((id) => factorOf(id) === factor && id !== meant);
  return meant === null ? siblings : [meant, ...siblings];
}

function probeMeant(word: string, ids: readonly ProbeId[]): ProbeId | null {
  const byWhole = nearest(word, ids);
  if (byWhole !== null) return ids.find((id) => id === byWhole) ?? null;
  const [, statement = word] = word.split('/');
  const byStatement = nearest(statement, ids.map(statementOf));
  const found = ids.find((id) => statementOf(id) === byStatement);
  if (found !== undefined) return found;
  return statement.length > 3 ? (ids.find((id) => statementOf(id).includes(statement)) ?? null) : null;
}

const statementOf = (id: ProbeId): string => id.slice(id.indexOf('/') + 1);

function factorMeant(word: string): Factor | null {
  const [first = ''] = word.split('/');
  const meant = factors.find((factor) => factor.startsWith(first) && first !== '') ?? nearest(first, factors);
  return factors.find((factor) => factor === meant) ?? null;
}
