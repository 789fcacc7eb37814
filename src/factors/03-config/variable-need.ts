import {
  fields,
  mismatch,
  optional,
  type Place,
  refuse,
  type Shape,
  table,
  text,
  truth,
} from '../../base/shape.ts';
import { variableNameFault, variableNameFaults } from './config.ts';

/** A variable that an app says it reads, before it has a value. */
export interface VariableNeed {
  readonly name: string;
  readonly description: string | null;
  readonly source: VariableSource;
}

/** Where its first value comes from. A value that the config has already is never replaced. */
export type VariableSource =
  /** The app brings it. */
  | { readonly kind: 'default'; readonly value: string }
  /** The platform makes up a random one. */
  | { readonly kind: 'generated' }
  /** A person or an attachment gives it; a release without it is refused when it is required. */
  | { readonly kind: 'given'; readonly required: boolean };

/** The `env` section of app.json. Complaints show no value: it may be a secret that should not be there. */
export const variableNeeds: Shape<readonly VariableNeed[]> = (value, place) =>
  [...declarations(value, place)].map(([name, declared]) => ({ name, ...declared }));

/** A name that `parseVariableName` accepts. */
export const variableName: Shape<string> = (value, place) => {
  if (typeof value !== 'string') throw mismatch(place, 'a variable name', value);
  const fault = variableNameFault(value);
  if (fault !== null) throw refuse(place, variableNameFaults[fault]);
  return value;
};

type Declaration = Omit<VariableNeed, 'name'>;

const declaration: Shape<Declaration> = (value, place) =>
  typeof value === 'string'
    ? { description: null, source: { kind: 'default', value: usable(value, place) } }
    : described(value, place);

const declarations = table(variableName, declaration);

const members = fields(
  {
    description: optional(text(), null),
    value: optional(hiddenText, null),
    required: optional(truth(), true),
    generator: optional(
      text('"secret"', (name) => name === 'secret'),
      null,
    ),
  },
  { others: 'ignored' },
);

function described(value: unknown, place: Place): Declaration {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse(place, 'expected a text or an object');
  }
  const { description, required, generator, value: given } = members(value, place);
  if (given !== null && generator !== null) throw refuse(place, 'expected "value" or "generator", got both');
  if (given !== null) return { description, source: { kind: 'default', value: given } };
  if (generator !== null) return { description, source: { kind: 'generated' } };
  return { description, source: { kind: 'given', required } };
}

function hiddenText(value: unknown, place: Place): string {
  if (typeof value !== 'string') throw refuse(place, 'expected a text');
  return usable(value, place);
}

function usable(value: string, place: Place): string {
  if (value.includes('\0')) throw refuse(place, 'expected a text without NUL characters');
  return value;
}
