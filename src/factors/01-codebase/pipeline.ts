import { choice, type Shape } from '../../base/shape.ts';

/** The deploys of one codebase, by stage. */
export interface Pipeline {
  /** A UUID. */
  readonly id: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** An app's place in a pipeline. An app is in one at most. */
export interface Coupling {
  /** A UUID. */
  readonly id: string;
  readonly pipelineId: string;
  readonly appId: string;
  readonly stage: Stage;
  readonly createdAt: number;
}

export type Stage = (typeof stages)[number];

const stages = ['development', 'staging', 'production', 'review', 'test'] as const;

export const stage: Shape<Stage> = choice(stages);
