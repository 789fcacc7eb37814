import { userError } from '../base/error.ts';
import type { Builder, Detection } from './builder.ts';

export interface Choice {
  readonly builder: Builder;
  readonly detection: Detection;
}

/** The first builder that knows the source. @throws BUILDER_NONE */
export function chooseBuilder(source: string, builders: readonly Builder[]): Choice {
  for (const builder of builders) {
    const detection = builder.detect(source);
    if (detection !== null) return { builder, detection };
  }
  throw userError(
    'BUILDER_NONE',
    'Cannot build: the source has no package.json, no index.html and no Procfile',
    {
      hint: 'Add a Procfile with a line such as "web: ./server", and commit it',
    },
  );
}
