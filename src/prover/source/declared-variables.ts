/** Names of variables that an app declares: in app.json, in an example of a .env file, by its services. */
import { variableOf } from '../../factors/04-backing-services/service-need.ts';
import { fileReader, type Tree } from './tree.ts';

export function declaredVariables(tree: Tree): readonly string[] {
  const read = fileReader(tree.root, 1024 * 1024);
  const textOf = (file: string): string => {
    const reading = read(file);
    return 'bytes' in reading ? reading.bytes.toString('utf8') : '';
  };
  const examples = tree.files.filter((file) => exampleFile.test(file));
  return [...inAppJson(textOf('app.json')), ...examples.flatMap((file) => namesInDotenv(textOf(file)))];
}

const exampleFile =
  /(^|\/)(?:\.env\.(?:example|sample|template|dist|defaults?)|(?:example|sample)\.env|env\.example)$/;

/** A line that is commented out declares a variable that may be left out. */
export const namesInDotenv = (text: string): readonly string[] =>
  [...text.matchAll(/^[ \t]*(?:#[ \t]*)?(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=/gm)].map(
    (match) => match[1] ?? '',
  );

function inAppJson(text: string): readonly string[] {
  const app = objectOf(parsed(text));
  const addons = Array.isArray(app.addons) ? app.addons : [];
  return [...Object.keys(objectOf(app.env)), ...addons.flatMap(variableOfAddon)];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text === '' ? '{}' : text);
  } catch (error) {
    // A file that is not JSON declares nothing; that it is broken is told by the build.
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};

/** `"postgres:18"` and `{ "plan": "heroku-redis", "as": "CACHE" }` each bring the address of the service. */
function variableOfAddon(addon: unknown): readonly string[] {
  const { plan, as } = typeof addon === 'string' ? { plan: addon, as: undefined } : objectOf(addon);
  if (typeof plan !== 'string') return [];
  return [variableOf(plan.split(':', 1).join(), typeof as === 'string' ? as : null)];
}
