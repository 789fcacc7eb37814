import { randomUUID } from 'node:crypto';
import { userError } from '../../base/error.ts';
import type { Coupling, Stage } from '../../factors/01-codebase/pipeline.ts';
import type { NewCoupling, PipelineStore } from '../pipeline-store.ts';
import { type Ledger, requireApp } from './ledger.ts';
import { requirePipeline } from './pipelines.ts';

type Couplings = Pick<PipelineStore, 'couple' | 'couplings' | 'findCoupling' | 'setStage' | 'uncouple'>;

export function couplingsOf(ledger: Ledger): Couplings {
  const { db } = ledger;
  return {
    couple: (wanted) => db.write(() => couple(ledger, wanted)),
    couplings: (wanted) => couplings(ledger, wanted),
    findCoupling: (id) => findCoupling(ledger, id),
    setStage: (id, stage) => db.write(() => setStage(ledger, id, stage)),
    uncouple: (id) =>
      db.write(() => {
        requireCoupling(ledger, id, 'uncouple');
        db.run('DELETE FROM couplings WHERE id = :id', { id });
      }),
  };
}

const selectCouplings =
  'SELECT id, pipeline_id AS pipelineId, app_id AS appId, stage, created_at AS createdAt FROM couplings';

function couple(ledger: Ledger, wanted: NewCoupling): Coupling {
  const { name } = requireApp(ledger, wanted.appId, 'couple the app');
  requirePipeline(ledger, wanted.pipelineId, `couple app ${JSON.stringify(name)}`);
  refuseCoupled(ledger, wanted.appId, name);
  const coupling: Coupling = { id: randomUUID(), ...wanted, createdAt: ledger.clock.now() };
  ledger.db.run('INSERT INTO couplings VALUES (:id, :pipelineId, :appId, :stage, :createdAt)', {
    ...coupling,
  });
  return coupling;
}

function refuseCoupled(ledger: Ledger, appId: string, name: string): void {
  const held = ledger.db.one<{ pipeline: string; stage: Stage }>(
    `SELECT pipelines.name AS pipeline, stage FROM couplings JOIN pipelines ON pipelines.id = pipeline_id
     WHERE app_id = :appId`,
    { appId },
  );
  if (held === null) return;
  throw userError(
    'APP_COUPLED',
    `Cannot couple app ${JSON.stringify(name)}: it is in ${held.stage} of pipeline ${JSON.stringify(held.pipeline)}`,
    { hint: `Remove it from ${JSON.stringify(held.pipeline)} first` },
  );
}

function couplings(
  { db }: Ledger,
  { pipelineId, appId }: Parameters<PipelineStore['couplings']>[0],
): Coupling[] {
  const conditions = [
    ...(pipelineId === undefined ? [] : ['pipeline_id = :pipelineId']),
    ...(appId === undefined ? [] : ['app_id = :appId']),
  ];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  return db.all<Coupling>(`${selectCouplings} ${where} ORDER BY created_at, id`, {
    ...(pipelineId === undefined ? {} : { pipelineId }),
    ...(appId === undefined ? {} : { appId }),
  });
}

function findCoupling({ db }: Ledger, id: string): Coupling | null {
  return db.one<Coupling>(`${selectCouplings} WHERE id = :id`, { id });
}

function setStage(ledger: Ledger, id: string, stage: Stage): Coupling {
  const coupling = requireCoupling(ledger, id, `move to ${stage}`);
  ledger.db.run('UPDATE couplings SET stage = :stage WHERE id = :id', { stage, id });
  return { ...coupling, stage };
}

function requireCoupling(ledger: Ledger, id: string, doing: string): Coupling {
  const coupling = findCoupling(ledger, id);
  if (coupling !== null) return coupling;
  throw userError('COUPLING_UNKNOWN', `Cannot ${doing}: there is no coupling ${JSON.stringify(id)}`, {
    hint: 'See which apps the pipeline has',
  });
}
