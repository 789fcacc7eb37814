import {
  fields,
  memberPlace,
  optional,
  type Place,
  refuse,
  type Shape,
  secondsAsMs,
  table,
} from '../base/shape.ts';
import { processType } from './05-build-release-run/process-type.ts';
import { healthPath, listens, type Readiness, readinessOf } from './07-port-binding/readiness.ts';
import { defaultMemoryLimit, memorySize } from './08-concurrency/memory-size.ts';
import { defaultReplacement, type Replacement, replacement } from './09-disposability/replacement.ts';
import { defaultStopPolicy, type StopPolicy, stopPolicy } from './09-disposability/stop-policy.ts';

/** How the platform treats the processes of a type. */
export interface ProcessPolicy {
  readonly readiness: Readiness;
  readonly replacement: Replacement;
  readonly stop: StopPolicy;
  /** Bytes. */
  readonly memoryLimit: number;
}

export type ProcessPolicies = ReadonlyMap<string, ProcessPolicy>;

/** The policy of a type, whether or not the app declares anything about it. */
export function policyOf(policies: ProcessPolicies, type: string): ProcessPolicy {
  return policies.get(type) ?? completed(type, silent);
}

/** The `dozen.processes` section of app.json. */
export const processPolicies: Shape<ProcessPolicies> = (value, place) => {
  const policies = new Map<string, ProcessPolicy>();
  for (const [type, declared] of declarations(value, place)) {
    refuseIdleTimeout(type, declared, place);
    policies.set(type, completed(type, declared));
  }
  return policies;
};

interface Declared {
  readonly health: string | null;
  readonly readyTimeout: number | null;
  readonly stop: StopPolicy;
  readonly replacement: Replacement | null;
  readonly memory: number;
}

const declarations: Shape<ReadonlyMap<string, Declared>> = table(
  processType,
  fields(
    {
      health: optional(healthPath, null),
      readyTimeout: optional(secondsAsMs({ min: 1, max: 3600 }), null),
      stop: optional(stopPolicy, defaultStopPolicy),
      replacement: optional(replacement, null),
      memory: optional(memorySize, defaultMemoryLimit),
    },
    { others: 'refused' },
  ),
);

const silent: Declared = {
  health: null,
  readyTimeout: null,
  stop: defaultStopPolicy,
  replacement: null,
  memory: defaultMemoryLimit,
};

function completed(type: string, declared: Declared): ProcessPolicy {
  return {
    readiness: readinessOf(type, { healthPath: declared.health, timeoutMs: declared.readyTimeout }),
    replacement: declared.replacement ?? defaultReplacement(type),
    stop: declared.stop,
    memoryLimit: declared.memory,
  };
}

/** A time limit that nothing waits for is a misunderstanding. */
function refuseIdleTimeout(type: string, declared: Declared, place: Place): void {
  const { health, readyTimeout } = declared;
  if (readyTimeout === null || listens(type, health)) return;
  throw refuse(
    memberPlace(memberPlace(place, type), 'readyTimeout'),
    `has no meaning for a type that does not listen; declare "health" beside it`,
  );
}
