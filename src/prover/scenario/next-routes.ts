/** Routes that Next.js makes of files: `app/api/notes/route.ts`, `app/notes/page.tsx`, `pages/api/notes.ts`, `pages/notes.tsx`. */
import type { SgNode } from '@ast-grep/napi';
import { readHandler, unseenHandler } from './handler.ts';
import type { Route } from './route.ts';
import { nodesOf, stringOf, valuesIn } from './syntax.ts';

export interface NextFile {
  readonly file: string;
  readonly path: string;
  /** `route`: it exports a function for each method; `api`: one for all; `page`: it is shown. */
  readonly kind: 'route' | 'api' | 'page';
}

/** Folders of apps of Next.js, each `''` or with a slash behind it. */
export function nextFolders(names: readonly string[], manifest: string | null): readonly string[] {
  const configured = names.flatMap(
    (name) => /^(.*\/)?next\.config\.[cm]?[jt]s$/.exec(name)?.slice(1, 2) ?? [],
  );
  const declared = /"next"\s*:/.test(manifest ?? '') ? [''] : [];
  return [...configured.map((folder) => folder ?? ''), ...declared];
}

/** Null: it makes no route, or one with parameters. */
export function nextFileOf(file: string, folders: readonly string[]): NextFile | null {
  const folder = folders.find(
    (one) => /^(?:src\/)?(?:app|pages)\//.test(file.slice(one.length)) && file.startsWith(one),
  );
  if (folder === undefined) return null;
  const [, router, inner = ''] =
    /^(?:src\/)?(app|pages)\/(.*)\.[cm]?[jt]sx?$/.exec(file.slice(folder.length)) ?? [];
  const segments = inner.split('/');
  const found = router === 'app' ? ofApp(segments) : router === 'pages' ? ofPages(segments) : null;
  return found === null ? null : { file, ...found };
}

type Found = Omit<NextFile, 'file'>;

function ofApp(segments: readonly string[]): Found | null {
  const last = segments.at(-1);
  if (last !== 'route' && last !== 'page') return null;
  const shown = segments.slice(0, -1).filter((segment) => !/^(?:\(.*\)|@.*)$/.test(segment));
  return named(shown, last);
}

function ofPages(segments: readonly string[]): Found | null {
  if (/^(?:404|500)$/.test(segments.join('/'))) return null;
  const shown = segments.at(-1) === 'index' ? segments.slice(0, -1) : segments;
  return named(shown, shown[0] === 'api' ? 'api' : 'page');
}

function named(segments: readonly string[], kind: NextFile['kind']): Found | null {
  const path = `/${segments.join('/')}`;
  const isPlain = segments.every((segment) => /^[A-Za-z0-9.~-][A-Za-z0-9._~-]*$/.test(segment));
  return isPlain && path.length <= 200 ? { path, kind } : null;
}

const methods: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH']);

export function nextRoutesIn(root: SgNode, { file, path, kind }: NextFile): readonly Route[] {
  if (kind === 'page') return [{ method: 'GET', file, path, line: 1, certain: true, handler: unseenHandler }];
  const declared = valuesIn(root);
  const read = (node: SgNode): Omit<Route, 'method'> => ({
    file,
    path,
    certain: true,
    line: node.range().start.line + 1,
    handler: readHandler([node], declared),
  });
  const exported = nodesOf(root, 'export_statement');
  if (kind === 'api') {
    const given = exported.flatMap(defaultOf)[0];
    const asked = nodesOf(root, 'string').flatMap((text) => stringOf(text) ?? []);
    const all = new Set(['GET', ...asked.filter((text) => methods.has(text))]);
    return given === undefined ? [] : [...all].map((method) => ({ method, ...read(given) }));
  }
  return exported.flatMap(exportsOf).flatMap(({ name, node }) => {
    return methods.has(name) ? [{ method: name, ...read(node) }] : [];
  });
}

interface Exported {
  readonly name: string;
  readonly node: SgNode;
}

/** `export function GET`, `export const GET = …`, `export { handle as GET }`. */
function exportsOf(statement: SgNode): readonly Exported[] {
  const declaration = statement.field('declaration');
  const name = declaration?.field('name');
  if (declaration?.kind() === 'function_declaration' && name)
    return [{ name: name.text(), node: declaration }];
  const variables = declaration === null ? [] : nodesOf(declaration, 'variable_declarator');
  const renamed = nodesOf(statement, 'export_specifier');
  return [
    ...variables.flatMap((variable) => {
      const [id, node] = [variable.field('name'), variable.field('value')];
      return id === null || node === null ? [] : [{ name: id.text(), node }];
    }),
    ...renamed.flatMap((specifier) => {
      const node = specifier.field('name');
      return node === null ? [] : [{ name: (specifier.field('alias') ?? node).text(), node }];
    }),
  ];
}

function defaultOf(statement: SgNode): readonly SgNode[] {
  const isDefault = statement.children().some((child) => child.kind() === 'default');
  const given = statement.field('declaration') ?? statement.field('value');
  return isDefault && given !== null ? [given] : [];
}
