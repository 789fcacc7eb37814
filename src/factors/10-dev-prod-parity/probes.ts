/** What the prover says of the distance between development and production, as far as files name both. */
import { startsWithTheSameCommand } from './probe-commands.ts';
import {
  namesTheSameKindsOfServices,
  namesTheSameVersionsOfServices,
  usesOneKindOfDatabase,
} from './probe-services.ts';

export const probes = [
  namesTheSameKindsOfServices,
  namesTheSameVersionsOfServices,
  usesOneKindOfDatabase,
  startsWithTheSameCommand,
] as const;
