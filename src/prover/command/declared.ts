/** The commands that an app declares, and where each stands. */
import type { Evidence } from '../../factors/law.ts';
import type { AppTree } from '../tree/app-tree.ts';
import { listOf, objectOf, readJson, stringOf, stringsOf } from '../tree/json-file.ts';
import { lineOf, lineOfKey } from '../tree/place.ts';
import { readProcfile } from '../tree/procfile.ts';
import type { Scripts } from './start.ts';

export interface Declared {
  readonly command: string;
  readonly at: Evidence;
}

export function scriptsOf(tree: AppTree): Scripts {
  return new Map(stringsOf(objectOf(readJson(tree, 'package.json')?.value).scripts));
}

/** Each script of `package.json`. */
export function declaredScripts(tree: AppTree): readonly Declared[] {
  const json = readJson(tree, 'package.json');
  if (json === null) return [];
  return stringsOf(objectOf(json.value).scripts).map(([name, command]) => ({
    command: `${name}: ${command}`,
    at: lineOfKey(json.file, json.text, ['scripts', name]),
  }));
}

/** The release phase, the postdeploy script and the schedule. */
export function adminCommands(tree: AppTree): readonly Declared[] {
  const release = readProcfile(tree, 'Procfile').filter(({ type }) => type === 'release');
  const json = readJson(tree, 'app.json');
  if (json === null) return release;
  const manifest = objectOf(json.value);
  const postdeploy = objectOf(manifest.scripts).postdeploy;
  const once = stringOf(postdeploy) ?? stringOf(objectOf(postdeploy).command);
  const scheduled = listOf(objectOf(manifest.dozen).schedule).flatMap((entry) => {
    const command = stringOf(objectOf(entry).command);
    return command === null ? [] : [{ command, at: lineWith(json.file, json.text, command) }];
  });
  return [
    ...release,
    ...(once === null
      ? []
      : [{ command: once, at: lineOfKey(json.file, json.text, ['scripts', 'postdeploy']) }]),
    ...scheduled,
  ];
}

/** The first line that has a text in it; the first line when none has. */
export function lineWith(file: string, text: string, part: string): Evidence {
  const index = text
    .split('\n')
    .findIndex((line) => line.includes(part) || line.includes(JSON.stringify(part)));
  return lineOf(file, text, Math.max(0, index) + 1);
}
