import { randomUUID } from 'node:crypto';
import { userError } from '../../base/error.ts';
import type { Pipeline } from '../../factors/01-codebase/pipeline.ts';
import type { PipelineStore } from '../pipeline-store.ts';
import { gone, type Ledger } from './ledger.ts';

type Pipelines = Pick<
  PipelineStore,
  'createPipeline' | 'findPipeline' | 'pipelines' | 'renamePipeline' | 'destroyPipeline'
>;

export function pipelinesOf(ledger: Ledger): Pipelines {
  const { db } = ledger;
  return {
    createPipeline: (name) => db.write(() => createPipeline(ledger, name)),
    findPipeline: (idOrName) =>
      db.one<Pipeline>(`${selectPipelines} AND id = :idOrName`, { idOrName }) ??
      db.one<Pipeline>(`${selectPipelines} AND name = :idOrName`, { idOrName }),
    pipelines: () => db.all<Pipeline>(`${selectPipelines} ORDER BY name`),
    renamePipeline: (id, name) => db.write(() => renamePipeline(ledger, id, name)),
    destroyPipeline: (id) => db.write(() => destroyPipeline(ledger, id)),
  };
}

/** @throws PIPELINE_GONE. `doing` is what was asked for, e.g. `couple the app`. */
export function requirePipeline(ledger: Ledger, id: string, doing: string): Pipeline {
  const pipeline = ledger.db.one<Pipeline>(`${selectPipelines} AND id = :id`, { id });
  if (pipeline !== null) return pipeline;
  throw userError('PIPELINE_GONE', `Cannot ${doing}: ${gone(ledger, 'pipeline', id)}`, {
    hint: 'See which pipelines there are',
  });
}

const selectPipelines = 'SELECT id, name, created_at AS createdAt FROM pipelines WHERE destroyed_at IS NULL';

function createPipeline(ledger: Ledger, name: string): Pipeline {
  refuseTaken(ledger, name, `create pipeline ${JSON.stringify(name)}`);
  const pipeline: Pipeline = { id: randomUUID(), name, createdAt: ledger.clock.now() };
  ledger.db.run('INSERT INTO pipelines VALUES (:id, :name, :createdAt, NULL)', { ...pipeline });
  return pipeline;
}

function renamePipeline(ledger: Ledger, id: string, name: string): Pipeline {
  const pipeline = requirePipeline(ledger, id, 'rename the pipeline');
  if (pipeline.name === name) return pipeline;
  refuseTaken(ledger, name, `rename pipeline ${JSON.stringify(pipeline.name)} to ${JSON.stringify(name)}`);
  ledger.db.run('UPDATE pipelines SET name = :name WHERE id = :id', { name, id });
  return { ...pipeline, name };
}

function refuseTaken(ledger: Ledger, name: string, doing: string): void {
  if (ledger.db.one(`${selectPipelines} AND name = :name`, { name }) === null) return;
  throw userError('PIPELINE_NAME_TAKEN', `Cannot ${doing}: there is one of that name`, {
    hint: 'Choose another name',
  });
}

function destroyPipeline(ledger: Ledger, id: string): void {
  if (ledger.db.one('SELECT 1 FROM pipelines WHERE id = :id', { id }) === null) {
    requirePipeline(ledger, id, 'destroy the pipeline');
  }
  const now = ledger.clock.now();
  ledger.db.run('UPDATE pipelines SET destroyed_at = coalesce(destroyed_at, :now) WHERE id = :id', {
    now,
    id,
  });
  ledger.db.run('DELETE FROM couplings WHERE pipeline_id = :id', { id });
}
