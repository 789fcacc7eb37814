import path from 'node:path';
import { type Client, openClient } from '../../api/client.ts';
import { findHome, localPeer } from '../../api/local-home.ts';
import { userError } from '../../base/error.ts';
import { type Deploy, type Gap, gapBetween } from '../../factors/10-dev-prod-parity/gap.ts';
import { printJson } from '../print.ts';
import { command, usage } from '../spec.ts';
import { renderTable } from '../table.ts';
import { findPlatform } from '../target.ts';

const kinds = ['time', 'people', 'tools'] as const;

export const parity = command({
  name: 'parity',
  summary: 'tells how two deploys differ: in time, people and tools',
  takes: 'A B',
  min: 2,
  options: {
    home: {
      type: 'string',
      value: 'FOLDER',
      help: 'where "laptop" lives (default: DOZEN_LAPTOP_HOME, else your own)',
    },
    'fail-on': { type: 'string', value: 'KINDS', help: 'exit code 1 when these differ: time,people,tools' },
  },
  details: `A side is an app of the platform; "laptop", what dozen up runs on this machine; or the absolute path of a DOZEN_HOME that runs.
An app of the latter two is named behind a colon (laptop:shop); without one it is the app of the other side's name, or the only one there.`,
  examples: [
    ['dozen parity shop-staging shop', 'two apps'],
    ['dozen parity laptop shop --fail-on tools', 'in CI: other tools fail'],
  ],
  async run({ words: [a = '', b = ''], json, options }) {
    const failing = kindsOf(options['fail-on']);
    const sides = [a, b].map(parseSide);
    const deploys = await Promise.all(
      sides.map((side, at) => factsOf(side, { home: options.home, other: sides[1 - at] ?? side })),
    );
    const [left, right] = deploys as [Deploy, Deploy];
    const gap = gapBetween(left, right);
    if (json) printJson({ left: left.name, right: right.name, ...gap });
    else print(gap, left, right);
    return failing.some((kind) => gap[kind].some(({ verdict }) => verdict !== 'same')) ? 1 : 0;
  },
});

function print(gap: Gap, left: Deploy, right: Deploy): void {
  const rows = kinds.flatMap((kind) =>
    gap[kind].map((entry) => [
      kind,
      entry.subject,
      entry.verdict === 'same' ? 'same' : 'differs',
      entry.left ?? '-',
      entry.right ?? '-',
    ]),
  );
  const headings = ['GAP', 'WHAT', '', left.name, right.name];
  process.stdout.write(renderTable(headings, rows, process.stdout));
}

interface Side {
  /** As it was typed. */
  readonly word: string;
  /** A folder, `laptop`, or null for the platform. */
  readonly at: string | null;
  readonly app: string | null;
}

function parseSide(word: string): Side {
  const [, at, app = null] = /^(laptop|\/[^:]*)(?::(.+))?$/.exec(word) ?? [];
  return at === undefined ? { word, at: null, app: word } : { word, at, app };
}

interface Looking {
  /** Of `laptop`. */
  readonly home: string | null;
  readonly other: Side;
}

async function factsOf(side: Side, { home, other }: Looking): Promise<Deploy> {
  const call = 'GET /dozen/v1/apps/:app/deploy-facts';
  const { at, app } = side;
  if (at === null) return findPlatform().ask(call, { params: { app: app ?? '' } });
  const client = clientAt(at === 'laptop' ? laptopHome(home) : at);
  const name = app ?? (await onlyApp(client, { side, wanted: other.app }));
  return { ...(await client.ask(call, { params: { app: name } })), name: side.word };
}

function laptopHome(given: string | null): string {
  const named = given ?? process.env.DOZEN_LAPTOP_HOME ?? '';
  return named === '' ? findHome(process.env) : path.resolve(named);
}

function clientAt(home: string): Client {
  const peer = localPeer(home);
  if (peer !== null) return openClient(peer);
  throw userError('PLATFORM_NOT_FOUND', `Cannot find a platform: none runs over ${JSON.stringify(home)}`, {
    hint: 'Start it with dozen up, or name its home with --home',
  });
}

async function onlyApp(
  client: Client,
  { side, wanted }: { readonly side: Side; readonly wanted: string | null },
): Promise<string> {
  const names = (await client.ask('GET /apps', {})).map(({ name }) => name);
  const [only] = names;
  if (wanted !== null && names.includes(wanted)) return wanted;
  if (only !== undefined && names.length === 1) return only;
  throw userError(
    'APP_NOT_NAMED',
    `Cannot tell which app of ${side.word} is meant: it has ${names.join(', ') || 'none'}`,
    {
      hint: `Name it: dozen parity ${side.word}:APP …`,
    },
  );
}

function kindsOf(given: string | null): (typeof kinds)[number][] {
  return (given ?? '')
    .split(',')
    .filter((word) => word !== '')
    .map((word) => {
      const kind = kinds.find((one) => one === word.trim());
      if (kind === undefined)
        throw usage({ name: 'parity' }, `--fail-on has ${JSON.stringify(word)}: ${kinds.join(', ')}`);
      return kind;
    });
}
