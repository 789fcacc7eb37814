import type { Catalogue } from './route.ts';
import { choice, exact, idRef, lenient, list, nullable, text, time, uuid } from './shapes.ts';

const promotion = exact({
  created_at: time,
  id: uuid,
  pipeline: idRef,
  source: exact({ app: idRef, release: idRef }),
  status: choice(['pending', 'completed']),
  updated_at: time,
});

const promotionTarget = exact({
  app: idRef,
  error_message: nullable(text),
  id: uuid,
  pipeline_promotion: idRef,
  release: nullable(idRef),
  status: choice(['pending', 'succeeded', 'failed']),
});

const named = lenient({ id: text });

export const promotionRoutes = {
  'POST /pipeline-promotions': {
    need: 'write',
    body: lenient({
      pipeline: named,
      source: lenient({ app: named }),
      targets: list(lenient({ app: named })),
    }),
    status: 201,
    reply: promotion,
  },
  'GET /pipeline-promotions/:promotion': { need: 'read', status: 200, reply: promotion },
  'GET /pipeline-promotions/:promotion/promotion-targets': {
    need: 'read',
    status: 200,
    reply: list(promotionTarget),
  },
} as const satisfies Catalogue;
