import { userError } from '../base/error.ts';
import type { Builder, Detection, Workshop } from './builder.ts';
import { nodeBuilder } from './node/node.ts';
import { procfileBuilder } from './procfile/procfile.ts';
import { staticBuilder } from './static/static.ts';

export interface Choice {
  readonly builder: Builder;
  readonly detection: Detection;
}

/** In the order in which they are asked: a Procfile beside an `index.html` says that the app serves itself. */
export function allBuilders(workshop: Workshop): readonly Builder[] {
  return [nodeBuilder, procfileBuilder, staticBuilder].map((make) => make(workshop));
}

/** The first builder that knows the source. @throws BUILDER_UNKNOWN */
export function chooseBuilder(source: string, builders: readonly Builder[]): Choice {
  for (const builder of builders) {
    const detection = builder.detect(source);
    if (detection !== null) return { builder, detection };
  }
  throw userError('BUILDER_UNKNOWN', 'Cannot build: no builder knows what this is', {
    hint: 'Add a package.json, an index.html or a Procfile, and commit it',
  });
}
