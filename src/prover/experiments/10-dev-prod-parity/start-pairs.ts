/** Places that say how a process type is started, each beside what production starts. */
import type { StartCommand, StartPair } from '../../../factors/10-dev-prod-parity/probe-commands.ts';
import { type Declared, scriptsOf } from '../../command/declared.ts';
import type { Scripts } from '../../command/start.ts';
import { lineOfWords, simpleCommands } from '../../command/words.ts';
import type { AppTree } from '../../tree/app-tree.ts';
import { listOf, objectOf, parseJson, readJson, stringOf } from '../../tree/json-file.ts';
import { lineOf, lineOfKey } from '../../tree/place.ts';
import { readProcfile } from '../../tree/procfile.ts';
import { readYaml } from '../../tree/yaml-file.ts';
import { fileLimit, isCompose } from './named-services.ts';
import { programOf } from './program.ts';

interface Start extends Declared {
  readonly type: string;
}

export function startPairs(tree: AppTree): readonly StartPair[] {
  const scripts = scriptsOf(tree);
  const main = stringOf(objectOf(readJson(tree, 'package.json')?.value).main);
  const nestEntry = nestEntryIn(tree);
  const told = ({ command, at }: Start): StartCommand => ({
    command,
    at,
    program: programOf(command, { scripts, main, nestEntry }),
  });
  const declared = readProcfile(tree, 'Procfile');
  const others = [
    ...readProcfile(tree, 'Procfile.dev'),
    ...composeCommands(tree, new Set(declared.map(({ type }) => type))),
    ...dockerCommand(tree),
    ...startScript(tree, scripts),
  ];
  const inProduction =
    declared.length > 0 ? declared : [...dockerCommand(tree), ...startScript(tree, scripts)].slice(0, 1);
  const byType = Map.groupBy(inProduction, ({ type }) => type);
  return others.flatMap((other) =>
    (byType.get(other.type) ?? [])
      .filter(({ at }) => !isSame(at, other.at))
      .map((production) => ({ type: other.type, production: told(production), other: told(other) })),
  );
}

/** Of an app that is alone in its folder. */
function nestEntryIn(tree: AppTree): string | null {
  const { monorepo, entryFile } = objectOf(readJson(tree, 'nest-cli.json')?.value);
  if (monorepo === true) return null;
  return entryFile === undefined ? 'main' : stringOf(entryFile);
}

function isSame(one: Declared['at'], other: Declared['at']): boolean {
  return one.kind === 'source' && other.kind === 'source' && one.file === other.file;
}

function startScript(tree: AppTree, scripts: Scripts): readonly Start[] {
  const command = scripts.get('start');
  if (command === undefined) return [];
  return [
    {
      type: 'web',
      command,
      at: lineOfKey('package.json', tree.read('package.json') ?? '', ['scripts', 'start']),
    },
  ];
}

/** Names by which the one service that is built here means `web`. */
const webNames = new Set(['web', 'app', 'server', 'api']);

/** Of services that are built from this tree. */
function composeCommands(tree: AppTree, types: ReadonlySet<string>): readonly Start[] {
  return tree.files
    .filter(isCompose)
    .slice(0, fileLimit)
    .flatMap((file) => {
      const yaml = readYaml(tree, file);
      if (yaml === null) return [];
      return Object.entries(objectOf(objectOf(yaml.value).services)).flatMap(([name, entry]) => {
        const { build, command } = objectOf(entry);
        const line =
          stringOf(command) ?? lineOfWords(listOf(command).filter((word) => typeof word === 'string'));
        const type = types.has(name) || !webNames.has(name) ? name : 'web';
        if (build === undefined || line === '') return [];
        return [{ type, command: line, at: yaml.line(['services', name, 'command']) }];
      });
    });
}

/** What the last stage of the Dockerfile starts. */
function dockerCommand(tree: AppTree): readonly Start[] {
  const text = tree.read('Dockerfile');
  if (text === null) return [];
  let entry: Instruction | null = null;
  let command: Instruction | null = null;
  for (const instruction of instructions(text)) {
    if (instruction.name === 'FROM') entry = command = null;
    if (instruction.name === 'ENTRYPOINT') entry = instruction;
    if (instruction.name === 'CMD') command = instruction;
  }
  const words = [...wordsOf(entry), ...wordsOf(command)];
  const last = command ?? entry;
  if (last === null || words.length === 0) return [];
  return [{ type: 'web', command: lineOfWords(words), at: lineOf('Dockerfile', text, last.line) }];
}

interface Instruction {
  readonly name: string;
  readonly rest: string;
  readonly line: number;
}

function instructions(text: string): readonly Instruction[] {
  const found: Instruction[] = [];
  let open: Instruction | null = null;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line.startsWith('#') || (line === '' && open === null)) continue;
    const [, name = '', rest = ''] =
      open === null ? (/^(\w+)\s+(.*)$/.exec(line) ?? []) : ['', open.name, `${open.rest} ${line}`];
    const next: Instruction = {
      name: name.toUpperCase(),
      rest: rest.replace(/\\$/, ''),
      line: open?.line ?? index + 1,
    };
    open = line.endsWith('\\') ? next : null;
    if (open === null) found.push(next);
  }
  return found;
}

/** Of the form with brackets, or of a line for a shell. */
function wordsOf(instruction: Instruction | null): readonly string[] {
  if (instruction === null) return [];
  const { rest } = instruction;
  const list = rest.startsWith('[')
    ? listOf(parseJson(rest)).filter((word) => typeof word === 'string')
    : null;
  const words = list ?? simpleCommands(rest).at(-1) ?? [];
  return /entrypoint/.test(words[0] ?? '') ? words.slice(1) : words;
}
