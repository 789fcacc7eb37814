import { stages } from '../../factors/01-codebase/pipeline.ts';
import { app } from './apps.ts';
import type { Catalogue } from './route.ts';
import {
  choice,
  exact,
  idRef,
  lenient,
  list,
  nameRef,
  nullable,
  optional,
  text,
  time,
  truth,
  uuid,
} from './shapes.ts';

export const pipeline = exact({
  created_at: time,
  id: uuid,
  name: text,
  owner: nullable(exact({ id: uuid, type: text })),
  updated_at: time,
  generation: nameRef,
});

const stage = choice([...stages]);

export const coupling = exact({
  app: idRef,
  created_at: time,
  id: uuid,
  pipeline: exact({ id: uuid, name: text }),
  stage,
  updated_at: time,
});

const { generation: _, organization: __, acm: ___, ...ofTeams } = app.properties;
const teamApp = exact({ ...ofTeams, joined: truth, locked: truth });

export const pipelineRoutes = {
  'GET /pipelines': {
    need: 'read',
    query: lenient({ 'eq[name]': optional(text) }),
    status: 200,
    reply: list(pipeline),
  },
  'POST /pipelines': { need: 'write', body: lenient({ name: text }), status: 201, reply: pipeline },
  'GET /pipelines/:pipeline': { need: 'read', status: 200, reply: pipeline },
  'PATCH /pipelines/:pipeline': {
    need: 'write',
    body: lenient({ name: optional(text) }),
    status: 200,
    reply: pipeline,
  },
  'DELETE /pipelines/:pipeline': { need: 'write', status: 200, reply: pipeline },
  'GET /pipelines/:pipeline/pipeline-couplings': { need: 'read', status: 200, reply: list(coupling) },
  'GET /pipeline-couplings': { need: 'read', status: 200, reply: list(coupling) },
  'POST /pipeline-couplings': {
    need: 'write',
    body: lenient({ app: text, pipeline: text, stage }),
    status: 201,
    reply: coupling,
  },
  'GET /pipeline-couplings/:coupling': { need: 'read', status: 200, reply: coupling },
  'PATCH /pipeline-couplings/:coupling': {
    need: 'write',
    body: lenient({ stage: optional(stage) }),
    status: 200,
    reply: coupling,
  },
  'DELETE /pipeline-couplings/:coupling': { need: 'write', status: 200, reply: coupling },
  'GET /apps/:app/pipeline-couplings': { need: 'read', status: 200, reply: coupling },
  /** Reads only: the apps of these ids, those that are there. */
  'POST /filters/apps': {
    need: 'read',
    body: lenient({ in: lenient({ id: list(text) }) }),
    status: 200,
    reply: list(teamApp),
  },
} as const satisfies Catalogue;
