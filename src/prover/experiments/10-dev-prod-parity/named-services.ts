/** Services that the files of an app name, for development, tests and production. */
import path from 'node:path';
import type {
  Driver,
  NamedService,
  ServicesFacts,
  Stage,
} from '../../../factors/10-dev-prod-parity/probe-services.ts';
import { lineWith } from '../../command/declared.ts';
import type { AppTree } from '../../tree/app-tree.ts';
import { isOwn } from '../../tree/app-tree.ts';
import { type Json, listOf, objectOf, parseJson, stringOf } from '../../tree/json-file.ts';
import { readYaml, type YamlFile } from '../../tree/yaml-file.ts';
import {
  type Dependency,
  readGemfile,
  readPackageJson,
  readPyproject,
  readRequirements,
} from '../02-manifest/manifests.ts';
import { ofImage, ofPlan, spokenBy } from './kinds.ts';

export const isCompose = (file: string): boolean =>
  /^(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$/.test(path.posix.basename(file)) && isOwn(file);

export function servicesIn(tree: AppTree): ServicesFacts {
  const unread: string[] = [];
  const named: NamedService[] = [];
  for (const { matches, images } of kindsOfFiles)
    for (const file of tree.files.filter(matches).slice(0, fileLimit)) {
      const yaml = readYaml(tree, file);
      if (yaml?.value === undefined) unread.push(file);
      else named.push(...images(yaml));
    }
  return { named: [...named, ...inAppJson(tree, unread)], drivers: driversIn(tree), unread };
}

/** Files of each kind that are looked at. */
export const fileLimit = 50;

type Keys = readonly (string | number)[];

interface KindOfFile {
  readonly matches: (file: string) => boolean;
  readonly images: (yaml: YamlFile) => readonly NamedService[];
}

const kindsOfFiles: readonly KindOfFile[] = [
  { matches: isCompose, images: inCompose },
  { matches: (file) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(file), images: inGithub },
  { matches: (file) => file === '.gitlab-ci.yml', images: inGitlab },
  { matches: (file) => file === '.circleci/config.yml', images: inCircle },
];

function service(yaml: YamlFile, image: Json | undefined, keys: Keys, stage: Stage): NamedService[] {
  const known = typeof image === 'string' ? ofImage(image) : null;
  return known === null ? [] : [{ ...known, stage, at: yaml.line(keys) }];
}

function inCompose(yaml: YamlFile): readonly NamedService[] {
  const stage = composeStage(yaml.file);
  return Object.entries(objectOf(objectOf(yaml.value).services)).flatMap(([name, entry]) =>
    service(yaml, objectOf(entry).image, ['services', name, 'image'], stage),
  );
}

function composeStage(file: string): Stage {
  const name = path.posix.basename(file);
  if (/[.-]prod(?:uction)?\b/.test(name)) return 'production';
  return /[.-](?:test|tests|ci)\b/.test(name) ? 'tests' : 'development';
}

function inGithub(yaml: YamlFile): readonly NamedService[] {
  return Object.entries(objectOf(objectOf(yaml.value).jobs)).flatMap(([job, entry]) =>
    Object.entries(objectOf(objectOf(entry).services)).flatMap(([name, described]) => {
      const keys = ['jobs', job, 'services', name];
      const image = objectOf(described).image;
      return image === undefined
        ? service(yaml, described, keys, 'tests')
        : service(yaml, image, [...keys, 'image'], 'tests');
    }),
  );
}

function inGitlab(yaml: YamlFile): readonly NamedService[] {
  const top = objectOf(yaml.value);
  const lists: (readonly [Keys, Json | undefined])[] = [
    [['services'], top.services],
    ...Object.entries(top).map(([job, entry]) => [[job, 'services'], objectOf(entry).services] as const),
  ];
  return lists.flatMap(([keys, list]) =>
    listOf(list).flatMap((entry, index) =>
      service(yaml, stringOf(entry) ?? objectOf(entry).name, [...keys, index], 'tests'),
    ),
  );
}

function inCircle(yaml: YamlFile): readonly NamedService[] {
  return ['jobs', 'executors'].flatMap((section) =>
    Object.entries(objectOf(objectOf(yaml.value)[section])).flatMap(([name, entry]) =>
      listOf(objectOf(entry).docker).flatMap((container, index) =>
        service(yaml, objectOf(container).image, [section, name, 'docker', index, 'image'], 'tests'),
      ),
    ),
  );
}

function inAppJson(tree: AppTree, unread: string[]): readonly NamedService[] {
  const text = tree.read('app.json');
  if (text === null) return [];
  const value = parseJson(text);
  if (value === undefined) unread.push('app.json');
  const manifest = objectOf(value);
  const addons = (list: Json | undefined, stage: Stage): NamedService[] =>
    listOf(list).flatMap((addon) => {
      const plan = stringOf(addon) ?? stringOf(objectOf(addon).plan) ?? '';
      const known = ofPlan(plan, stringOf(objectOf(objectOf(addon).options).version));
      return known === null
        ? []
        : [{ ...known, stage, at: lineWith('app.json', text, JSON.stringify(plan)) }];
    });
  const { test, review } = objectOf(manifest.environments);
  return [
    ...addons(manifest.addons, 'production'),
    ...addons(objectOf(test).addons, 'tests'),
    ...addons(objectOf(review).addons, 'tests'),
  ];
}

function driversIn(tree: AppTree): readonly Driver[] {
  const dependencies: readonly Dependency[] = [
    ...readPackageJson(tree, 'package.json'),
    ...readRequirements(tree, 'requirements.txt'),
    ...readPyproject(tree, 'pyproject.toml'),
    ...readGemfile(tree, 'Gemfile'),
  ];
  return dependencies.flatMap(({ name, at }) => {
    const speaks = spokenBy(name);
    return speaks.length === 0 ? [] : [{ name, speaks, at: at() }];
  });
}
