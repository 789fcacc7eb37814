/** Git over HTTP: `/APP.git`. A push is a deploy; its output is what the pusher sees, its failure the push's. */
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { stageLine } from '../../api/stages.ts';
import { userError } from '../../base/error.ts';
import type { App } from '../../factors/01-codebase/app.ts';
import type { GitService, OnUpdate } from '../../git/server/git-server.ts';
import { deploy } from '../../platform/deploy.ts';
import { randomSecret } from '../system.ts';
import { type Admission, type Caller, checkScope } from './admission.ts';
import type { ApiContext } from './context.ts';
import { requireApp, show } from './identify.ts';

export interface GitRoutes {
  readonly context: ApiContext;
  readonly admission: Admission;
}

interface Named {
  readonly repo: string;
}

export function addGitRoutes(app: FastifyInstance, routes: GitRoutes): void {
  app.addContentTypeParser(/^application\/x-git-/, (_request, payload, done) => done(null, payload));
  app.get<{ Params: Named; Querystring: { service?: string } }>('/:repo/info/refs', (request, reply) => {
    const service = serviceOf(request.query.service);
    const { target } = admit(request, { ...routes, service });
    const signal = goneOf(reply);
    const bytes = routes.context.git.advertise(target.id, service, { protocol: protocolOf(request), signal });
    return send(reply, bytes, `application/x-${service}-advertisement`);
  });
  for (const service of ['git-upload-pack', 'git-receive-pack'] as const) {
    app.post<{ Params: Named }>(`/:repo/${service}`, (request, reply) => {
      const { target, caller } = admit(request, { ...routes, service });
      const onUpdate = deployOf(routes.context, target, caller);
      const options = { protocol: protocolOf(request), signal: goneOf(reply), onUpdate };
      const bytes = routes.context.git.serve(target.id, service, bodyOf(request), options);
      return send(reply, bytes, `application/x-${service}-result`);
    });
  }
}

function serviceOf(name: string | undefined): GitService {
  if (name === 'git-upload-pack' || name === 'git-receive-pack') return name;
  throw userError(
    'GIT_SERVICE_UNKNOWN',
    `Cannot serve ${show(name ?? '')}: it is no service of Git's smart HTTP`,
    {
      hint: 'Use Git 1.6.6 or newer',
    },
  );
}

interface Admitting extends GitRoutes {
  readonly service: GitService;
}

function admit(
  request: FastifyRequest<{ Params: Named }>,
  { context, admission, service }: Admitting,
): { readonly target: App; readonly caller: Caller } {
  const caller = admission.callerOf(request.headers);
  checkScope(caller, service === 'git-receive-pack' ? 'write' : 'read');
  const { repo } = request.params;
  return { target: requireApp(context.platform.store, repo.replace(/\.git$/, '')), caller };
}

function protocolOf({ headers }: FastifyRequest): string | undefined {
  const protocol = headers['git-protocol'];
  return typeof protocol === 'string' ? protocol : undefined;
}

function bodyOf({ raw, headers }: FastifyRequest): AsyncIterable<Uint8Array> {
  return headers['content-encoding'] === 'gzip' ? raw.pipe(createGunzip()) : raw;
}

function goneOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}

async function send(
  reply: FastifyReply,
  bytes: AsyncIterable<Uint8Array>,
  type: string,
): Promise<FastifyReply> {
  reply.hijack();
  reply.raw.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-cache' });
  try {
    await pipeline(bytes, reply.raw);
  } catch (error) {
    // The pusher is gone, or is told by the broken stream that something is wrong here.
    reply.raw.destroy(error as Error);
  }
  return reply;
}

/** A pusher that goes away stops the deploy where it is; what it has done is recorded. */
function deployOf({ platform, changes }: ApiContext, app: App, { account }: Caller): OnUpdate {
  return async (update, out, signal) => {
    const { repository, quarantine, commit, branch, pushOptions } = update;
    const order = {
      appName: app.name,
      source: { kind: 'push', repository, quarantine, commit, branch },
      actor: account.email,
      newCodebase: pushOptions.includes('new-codebase'),
      secret: randomSecret,
    } as const;
    const change = changes.start((telling) => deploy(platform, order, telling), signal);
    for await (const event of changes.follow(change, new AbortController().signal)) {
      if (event.kind === 'failed') {
        const { message, code, hint, left } = event.error;
        out(`\n${message} (${code})\n`);
        if (left !== undefined) out(`  Left: ${left}\n`);
        if (hint !== undefined) out(`  Next: ${hint}\n`);
        return { reject: code };
      }
      const line = stageLine(event, {});
      if (line !== null) out(line);
    }
    return 'accept';
  };
}
