/** Where the URLs of `POST /sources` lead to. Programs that send source carry no token, and any type of content or none. */
import { createReadStream } from 'node:fs';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { bytesType } from './bytes.ts';
import type { ApiContext } from './context.ts';
import { type SourceLink, sourcePath } from './links.ts';

type Linked = FastifyRequest<{ Params: { link: string } }>;

export function addSourceRoutes(app: FastifyInstance, { capabilities, sources }: ApiContext): void {
  app.register(async (own) => {
    own.removeAllContentTypeParsers();
    own.addContentTypeParser('*', (_request, body, done) => done(null, body));
    own.put(`${sourcePath}:link`, async ({ params, raw }: Linked, reply) => {
      const { sourceId } = capabilities.claimsOf('source-put', params.link) as unknown as SourceLink;
      // What is refused is read past, so that the refusal is heard.
      await sources.keep(sourceId, raw.iterator({ destroyOnReturn: false }));
      return reply.status(200).send();
    });
    own.get(`${sourcePath}:link`, async ({ params }: Linked, reply) => {
      const { sourceId } = capabilities.claimsOf('source-get', params.link) as unknown as SourceLink;
      const { file, remove } = await sources.take(sourceId);
      reply.raw.once('close', () => void remove());
      return reply.type(bytesType).send(createReadStream(file));
    });
  });
}
