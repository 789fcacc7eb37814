import { userError } from '../../base/error.ts';
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

export const stages = ['development', 'staging', 'production', 'review', 'test'] as const;

export const stage: Shape<Stage> = choice(stages);

/** Where a build goes from a stage; null: nowhere by itself. */
export function nextStage(from: Stage): Stage | null {
  switch (from) {
    case 'review':
    case 'development':
      return 'staging';
    case 'staging':
      return 'production';
    case 'production':
    case 'test':
      return null;
  }
}

/** 3 to 30 of a-z, 0-9 and `-`, starting with a letter, as the published API has it. */
const pipelineName = /^[a-z][a-z0-9-]{2,29}$/;

export function parsePipelineName(text: string): string {
  if (pipelineName.test(text)) return text;
  throw userError(
    'PIPELINE_NAME_INVALID',
    `Cannot name a pipeline ${JSON.stringify(text.slice(0, 80))}: it is no such name`,
    { hint: 'Use 3 to 30 of a-z, 0-9 and "-", starting with a letter' },
  );
}
