/** What the shapes of the wire are made of. Only servers and tests load these: clients know them as types. */
import Type, { type Static, type TProperties, type TSchema } from 'typebox';

export const uuid = Type.String({ format: 'uuid' });
export const time = Type.String({ format: 'date-time' });
export const text = Type.String();
export const integer = Type.Integer();
export const positive = Type.Integer({ minimum: 1 });
export const truth = Type.Boolean();
export const texts = Type.Array(text);

export function nullable<T extends TSchema>(shape: T) {
  return Type.Union([shape, Type.Null()]);
}

/** Exactly these members: what a server says. */
export function exact<P extends TProperties>(members: P) {
  return Type.Object(members, { additionalProperties: false });
}

/** At least these members: the official CLI sends more than the schema knows, and that is let pass. */
export function lenient<P extends TProperties>(members: P) {
  return Type.Object(members);
}

export const optional = Type.Optional;
export const list = Type.Array;
export const table = <T extends TSchema>(member: T) => Type.Record(Type.String(), member);
export const choice = Type.Enum;

export const appRef = exact({ id: uuid, name: text });
export const idRef = exact({ id: uuid });
export const nameRef = exact({ id: uuid, name: text });
export const userRef = exact({ id: uuid, email: text });

export type { Static, TSchema };
