/** What of an app's `app.json` tells what a scenario could say. */
import { DozenError } from '../../base/error.ts';
import { type AppJson, emptyAppJson, parseAppJson } from '../../factors/app-json.ts';

export interface Declares {
  /** Variables with a text that people read, those first that are called so. */
  readonly texts: readonly string[];
  /** Whether it has a database of which a table can be locked. */
  readonly tables: boolean;
}

export function declaredBy({ variables, services }: AppJson): Declares {
  const named = variables.flatMap(({ name, source }) =>
    source.kind === 'default' && isText(name, source.value) ? [name] : [],
  );
  return {
    texts: [...named.filter((name) => spoken.test(name)), ...named.filter((name) => !spoken.test(name))],
    tables: services.some(({ kind }) => kind === 'postgres' || kind === 'mysql'),
  };
}

/** @param text of an `app.json`: one that is broken declares nothing, and the build says that it is */
export function declaredIn(text: string | null): Declares {
  try {
    return declaredBy(text === null ? emptyAppJson() : parseAppJson(text));
  } catch (error) {
    if (error instanceof DozenError && /^APP_JSON_/.test(error.code)) return { texts: [], tables: false };
    throw error;
  }
}

const spoken =
  /(?:^|_)(?:TITLE|NAME|GREETING|MESSAGE|HEADING|HEADLINE|BRAND|MOTTO|SLOGAN|TAGLINE|BANNER|WELCOME|LABEL|TEXT)$/;
const technical =
  /(?:^|_)(?:PORT|HOST|HOSTNAME|URL|URI|DSN|ADDRESS|KEY|SECRET|TOKEN|PASSWORD|PASS|USER|USERNAME|ENV|LEVEL|MODE|TZ|TIMEZONE|PATH|DIR|FILE|BUCKET_NAME|DATABASE_NAME|DB_NAME|QUEUE_NAME|COOKIE_NAME)$/;

/** A name like `json` or `development` is no text: another value of it may break the app. */
function isText(name: string, value: string): boolean {
  if (technical.test(name) || !/\p{L}/u.test(value) || /[/@:\\]/.test(value)) return false;
  if (/^(?:true|false|yes|no|on|off)$/i.test(value)) return false;
  return spoken.test(name) || /\s|^\p{Lu}\p{Ll}/u.test(value);
}
