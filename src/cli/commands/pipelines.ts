import type { Client } from '../../api/client.ts';
import { userError } from '../../base/error.ts';
import { nextStage, type Stage, stages } from '../../factors/01-codebase/pipeline.ts';
import { confirm } from '../confirm.ts';
import { followChange } from '../follow-change.ts';
import { printJson } from '../print.ts';
import { command, usage } from '../spec.ts';
import { renderTable } from '../table.ts';
import { findAppName, findPlatform } from '../target.ts';

const stageOption = { type: 'string', value: 'STAGE', help: stages.join(', ') } as const;

export const list = command({
  name: 'pipelines',
  summary: 'lists the pipelines',
  options: {},
  examples: [['dozen pipelines', 'their names']],
  async run({ json }) {
    const pipelines = await findPlatform().ask('GET /pipelines', { query: {} });
    if (json) return printJson(pipelines);
    if (pipelines.length === 0)
      process.stdout.write('There are no pipelines yet: dozen pipelines create NAME makes one\n');
    else for (const { name } of pipelines) process.stdout.write(`${name}\n`);
    return 0;
  },
});

export const create = command({
  name: 'pipelines create',
  summary: 'makes a pipeline: the deploys of one codebase, by stage',
  takes: 'NAME',
  min: 1,
  onApp: true,
  options: { stage: stageOption },
  examples: [
    ['dozen pipelines create shop', 'an empty one'],
    ['dozen pipelines create shop -a shop-staging --stage staging', 'with its first app'],
  ],
  async run({ words: [name = ''], app, json, options }) {
    const client = findPlatform();
    const stage = app === null ? null : parseStage('pipelines create', options.stage);
    if (app !== null) await client.ask('GET /apps/:app', { params: { app } });
    const pipeline = await client.ask('POST /pipelines', { body: { name } });
    if (app !== null && stage !== null)
      await client.ask('POST /pipeline-couplings', { body: { app, pipeline: pipeline.id, stage } });
    if (json) return printJson(pipeline);
    process.stdout.write(`Made ${name}${app === null ? '' : ` with ${app} in ${stage}`}\n`);
    return 0;
  },
});

export const add = command({
  name: 'pipelines add',
  summary: 'puts an app into a pipeline, or moves it to another stage of it',
  takes: 'NAME',
  min: 1,
  onApp: true,
  options: { stage: stageOption },
  examples: [['dozen pipelines add shop -a shop-eu --stage production', 'promotions from staging go to it']],
  async run({ words: [name = ''], app: given, json, options }) {
    const client = findPlatform();
    const app = findAppName(given);
    const stage = parseStage('pipelines add', options.stage);
    const [pipeline, { id: appId }] = await Promise.all([
      client.ask('GET /pipelines/:pipeline', { params: { pipeline: name } }),
      client.ask('GET /apps/:app', { params: { app } }),
    ]);
    const couplings = await couplingsOf(client, pipeline.id);
    const known = couplings.find((one) => one.app.id === appId);
    const coupling =
      known === undefined
        ? await client.ask('POST /pipeline-couplings', { body: { app, pipeline: pipeline.id, stage } })
        : await client.ask('PATCH /pipeline-couplings/:coupling', {
            params: { coupling: known.id },
            body: { stage },
          });
    if (json) return printJson(coupling);
    process.stdout.write(`${app} is in ${stage} of ${pipeline.name}\n`);
    return 0;
  },
});

export const remove = command({
  name: 'pipelines remove',
  summary: 'takes an app out of its pipeline',
  onApp: true,
  options: {},
  examples: [['dozen pipelines remove -a shop-eu', 'the app itself stays']],
  async run({ app: given, json }) {
    const client = findPlatform();
    const app = findAppName(given);
    const { id, pipeline } = await client.ask('GET /apps/:app/pipeline-couplings', { params: { app } });
    const removed = await client.ask('DELETE /pipeline-couplings/:coupling', { params: { coupling: id } });
    if (json) return printJson(removed);
    process.stdout.write(`${app} is in ${pipeline.name} no more\n`);
    return 0;
  },
});

export const info = command({
  name: 'pipelines info',
  summary: 'tells which apps a pipeline has, and at which stage',
  takes: 'NAME',
  min: 1,
  options: {},
  examples: [['dozen pipelines info shop', 'its apps by stage']],
  async run({ words: [name = ''], json }) {
    const client = findPlatform();
    const pipeline = await client.ask('GET /pipelines/:pipeline', { params: { pipeline: name } });
    const apps = await membersOf(client, pipeline.id);
    if (json) return printJson({ ...pipeline, apps });
    const rows = apps
      .toSorted((a, b) => stages.indexOf(a.stage) - stages.indexOf(b.stage))
      .map((one) => [one.stage, one.name]);
    if (rows.length === 0) process.stdout.write(`${pipeline.name} has no apps\n`);
    else process.stdout.write(renderTable(['STAGE', 'APP'], rows, process.stdout));
    return 0;
  },
});

export const rename = command({
  name: 'pipelines rename',
  summary: 'gives a pipeline another name',
  takes: 'NAME NEW-NAME',
  min: 2,
  options: {},
  examples: [['dozen pipelines rename shop store', 'its apps keep their names']],
  async run({ words: [pipeline = '', name = ''], json }) {
    const renamed = await findPlatform().ask('PATCH /pipelines/:pipeline', {
      params: { pipeline },
      body: { name },
    });
    if (json) return printJson(renamed);
    process.stdout.write(`${pipeline} is ${renamed.name} from now on\n`);
    return 0;
  },
});

export const destroy = command({
  name: 'pipelines destroy',
  summary: 'ends a pipeline; its apps stay',
  takes: 'NAME',
  min: 1,
  options: { confirm: { type: 'string', value: 'NAME', help: 'the name once more, instead of asking' } },
  examples: [['dozen pipelines destroy shop --confirm shop', 'without asking']],
  async run({ words: [pipeline = ''], json, options }) {
    const client = findPlatform();
    await client.ask('GET /pipelines/:pipeline', { params: { pipeline } });
    const answer = options.confirm ?? (await confirm(`Type ${pipeline} to destroy it: `));
    if (answer !== pipeline) {
      throw userError('NOT_CONFIRMED', `Cannot destroy ${pipeline}: its name was not given once more`, {
        hint: `dozen pipelines destroy ${pipeline} --confirm ${pipeline}`,
      });
    }
    const destroyed = await client.ask('DELETE /pipelines/:pipeline', { params: { pipeline } });
    if (json) return printJson(destroyed);
    process.stdout.write(`Destroyed ${destroyed.name}\n`);
    return 0;
  },
});

export const promote = command({
  name: 'pipelines promote',
  summary: 'gives the build that an app runs to the apps of the next stage',
  onApp: true,
  options: {
    to: {
      type: 'string',
      multiple: true,
      value: 'APP',
      help: 'only to this one, of whatever stage; again for more',
    },
  },
  details: `Exactly that build: nothing is built again. Each app keeps its own config and gets the services it lacks. One that fails keeps what
it ran, the others go on, and the exit code is 1.`,
  examples: [
    ['dozen pipelines promote -a shop-staging', 'to every app in production'],
    ['dozen pipelines promote -a shop-staging --to shop-eu', 'to one'],
  ],
  async run({ app: given, json, options }) {
    const client = findPlatform();
    const app = findAppName(given);
    const coupling = await client.ask('GET /apps/:app/pipeline-couplings', { params: { app } });
    const names = options.to.length > 0 ? options.to : await nextOf(client, { ...coupling, name: app });
    const body = {
      pipeline: { id: coupling.pipeline.id },
      source: { app: { id: coupling.app.id } },
      targets: names.map((id) => ({ app: { id } })),
    };
    const { change } = await client.change('POST /pipeline-promotions', { body });
    await followChange(client, change, { json });
    return 0;
  },
});

interface From {
  readonly name: string;
  readonly pipeline: { readonly id: string; readonly name: string };
  readonly stage: Stage;
}

/** Names of the apps at the next stage. */
async function nextOf(client: Client, { name: app, pipeline, stage }: From): Promise<string[]> {
  const next = nextStage(stage);
  const members = await membersOf(client, pipeline.id);
  const names = members.filter((one) => one.stage === next).map(({ name }) => name);
  if (names.length > 0) return names;
  const why = next === null ? `nothing comes after ${stage}` : `${pipeline.name} has no app in ${next}`;
  throw userError('PROMOTION_REFUSED', `Cannot promote ${app}: ${why}`, {
    hint: 'Name an app of the pipeline with --to, or add one with dozen pipelines add',
  });
}

async function couplingsOf(client: Client, pipeline: string) {
  return client.ask('GET /pipelines/:pipeline/pipeline-couplings', { params: { pipeline } });
}

async function membersOf(client: Client, pipeline: string): Promise<{ name: string; stage: Stage }[]> {
  const couplings = await couplingsOf(client, pipeline);
  const body = { in: { id: couplings.map(({ app }) => app.id) } };
  const apps = await client.ask('POST /filters/apps', { body });
  return couplings.flatMap(({ app: { id }, stage }) => {
    const found = apps.find((one) => one.id === id);
    return found === undefined ? [] : [{ name: found.name, stage }];
  });
}

function parseStage(name: string, given: string | null): Stage {
  const found = stages.find((one) => one === given);
  if (found !== undefined) return found;
  throw usage(
    { name },
    given === null ? '--stage is missing' : `${JSON.stringify(given)} is no stage: ${stages.join(', ')}`,
  );
}
