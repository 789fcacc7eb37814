/** What one deploy is, as it is compared with another: room 10 says how. */
import type { App } from '../factors/01-codebase/app.ts';
import { shortRevision } from '../factors/01-codebase/revision.ts';
import { fitFormation } from '../factors/08-concurrency/formation.ts';
import type { Deploy } from '../factors/10-dev-prod-parity/gap.ts';
import { requireRunning } from './current.ts';
import { declarationOf } from './desired.ts';
import type { Platform } from './platform.ts';

/** @throws APP_NOT_DEPLOYED */
export function deployFacts(platform: Platform, app: App): Deploy {
  const { store } = platform;
  const { release, slug } = requireRunning(platform, app, 'compare');
  const current = store.findRelease(app.id, release.version);
  const build = current?.buildId == null ? null : store.findBuild(current.buildId);
  if (current === null || build === null) throw new TypeError(`${app.name} runs what was never built`);
  // Releases after it that only change config are no deploys.
  const first = store.releases(app.id).findLast(({ buildId }) => buildId === build.id) ?? current;
  const { formation, variables } = declarationOf(slug);
  return {
    name: app.name,
    revision: shortRevision(build.revision),
    committedAt: build.revision.committedAt,
    deployedAt: first.createdAt,
    authors: build.revision.author === null ? [] : [build.revision.author],
    deployer: first.actor,
    builder: slug.builder,
    runtimes: slug.runtimes,
    services: current.attachments.flatMap(({ serviceId, variable }) => {
      const service = store.findService(serviceId);
      return service === null ? [] : [{ kind: service.kind, version: service.version, variable }];
    }),
    formation: fitFormation(Object.keys(slug.processTypes), {
      current: store.formation(app.id),
      declared: formation,
    }),
    processTypes: slug.processTypes,
    configNames: current.configNames,
    declared: variables.map(({ name }) => name),
  };
}
