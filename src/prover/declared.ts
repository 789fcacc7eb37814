/** What the tree declares in `app.json`, read by the law of its rooms. */
import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { appJsonLimit, type AppJson as Law, parseAppJson } from '../factors/app-json.ts';
import type { AppJson } from './subject.ts';

/** Nulls without an `app.json`. @throws APP_JSON_INVALID, APP_JSON_TOO_LARGE */
export function readDeclared(app: string): {
  readonly text: string | null;
  readonly declared: AppJson | null;
} {
  const file = path.join(app, 'app.json');
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat?.isFile() !== true) return { text: null, declared: null };
  const text = stat.size > appJsonLimit ? ' '.repeat(appJsonLimit + 1) : readFileSync(file, 'utf8');
  return { text, declared: declaredIn(parseAppJson(text)) };
}

function declaredIn({ variables, services, formation, policies, schedules }: Law): AppJson {
  const byType = [...policies];
  return {
    env: Object.fromEntries(
      variables.map(({ name, source }) => [
        name,
        {
          value: source.kind === 'default' ? source.value : null,
          generated: source.kind === 'generated',
          required: source.kind === 'given' && source.required,
        },
      ]),
    ),
    services,
    formation: { ...formation },
    health: Object.fromEntries(
      byType.flatMap(([type, { readiness }]) =>
        readiness.kind === 'listens' && readiness.healthPath !== null ? [[type, readiness.healthPath]] : [],
      ),
    ),
    grace: Object.fromEntries(byType.map(([type, { stop }]) => [type, stop.graceMs / 1000])),
    schedule: schedules.map(({ name, command }) => ({ name, command })),
  };
}
