/** A one-off as Heroku's call asks for it. */

import type { dynoRoutes } from '../../../api/routes/dynos.ts';
import type { BodyOf } from '../../../api/routes/route.ts';
import type { OneOffInput } from '../../../engines/engine.ts';
import type { App } from '../../../factors/01-codebase/app.ts';
import { parseVariableName, parseVariableValue } from '../../../factors/03-config/config.ts';
import { type ProcessSize, parseProcessSize } from '../../../factors/08-concurrency/process-size.ts';
import { takeExitMarker } from '../../../factors/12-admin-processes/exit-marker.ts';
import { parseRunCommand, programOf } from '../../../factors/12-admin-processes/run-command.ts';
import { ownerOf } from '../../../platform/desired.ts';
import { run } from '../../../platform/run.ts';
import { tellUnsaid } from '../../hearings.ts';
import { discard } from '../../runs.ts';
import type { Call } from '../calls.ts';
import type { ApiContext } from '../context.ts';
import { attachUrl } from '../links.ts';

type Asked = BodyOf<(typeof dynoRoutes)['POST /apps/:app/dynos']>;

export interface RunShown {
  /** Where a client attaches; null for one that is detached. */
  readonly url: string | null;
  readonly view: {
    readonly process: string;
    readonly command: string;
    readonly instance: string;
    readonly release: number;
    readonly size: ProcessSize;
    readonly state: 'starting';
    readonly startedAt: number;
    readonly readyMs: null;
  };
}

type Starting = Pick<Call<'POST /apps/:app/dynos'>, 'body' | 'caller' | 'origin'> & { readonly app: App };

export async function startRun(
  context: ApiContext,
  { app, body, caller, origin }: Starting,
): Promise<RunShown> {
  const { platform, runs } = context;
  const { engine, store, clock } = platform;
  const detached = body.attach !== true;
  const asked = detached ? { command: body.command, marked: false } : takeExitMarker(body.command);
  const command = parseRunCommand(asked.command);
  const variables = variablesOf(body);
  const input = detached ? 'none' : inputOf(body, variables);
  const { account } = caller;
  const hangUp = new AbortController();
  const order = {
    app,
    command,
    type: body.type ?? null,
    size: body.size == null ? null : parseProcessSize(body.size),
    variables,
    input,
    detached,
    timeoutMs: body.time_to_live == null ? null : body.time_to_live * 1000,
    actor: account.email,
    number: (taken: ReadonlySet<number>) => runs.number(app.id, taken),
  } as const;
  const startedAt = clock.now();
  const started = await run(platform, order, hangUp.signal);
  const { process, oneOff, release, size } = started;
  store.addAudit({
    accountId: account.id,
    actor: account.email,
    verb: 'process.run',
    appId: app.id,
    detail: { process, program: programOf(command), release, detached, variables: Object.keys(variables) },
  });
  const { instance } = oneOff;
  const view = {
    process,
    command,
    instance,
    release,
    size,
    state: 'starting',
    startedAt,
    readyMs: null,
  } as const;
  if (detached) {
    void discard(started);
    return { url: null, view };
  }
  const sayNobody = (): void => {
    const line = { process, text: 'Error R13 (Attach error) -> Failed to attach to process' };
    engine.say(ownerOf(app, 'app'), line).catch(tellUnsaid);
  };
  const hasTerminal = typeof input !== 'string';
  const waiting = { ...started, hangUp: () => hangUp.abort(), hasTerminal, marked: asked.marked };
  const capability = runs.offer(waiting, sayNobody);
  return { url: attachUrl(context, capability, origin), view };
}

function variablesOf({ env }: Asked): Readonly<Record<string, string>> {
  const pairs = Object.entries(env ?? {});
  return Object.fromEntries(
    pairs.map(([name, value]) => [parseVariableName(name), parseVariableValue(name, String(value))]),
  );
}

/** The official CLI gives a size where it is on a terminal. */
function inputOf({ force_no_tty: isPlain }: Asked, variables: Readonly<Record<string, string>>): OneOffInput {
  const [columns, rows] = [sizeOf(variables.COLUMNS), sizeOf(variables.LINES)];
  return isPlain === true || columns === null || rows === null ? 'pipe' : { columns, rows };
}

function sizeOf(text: string | undefined): number | null {
  return text !== undefined && /^[1-9]\d{0,3}$/.test(text) ? Number(text) : null;
}
