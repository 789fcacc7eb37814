/** Routes that controllers of NestJS declare by decorators, and the fields of the classes that their bodies are. */
import type { SgNode } from '@ast-grep/napi';
import { readHandler } from './handler.ts';
import type { Field } from './handler-fields.ts';
import type { Route } from './route.ts';
import { callsIn, declaredIn, keyOf, nodesOf, shortText, stringOf } from './syntax.ts';

/** What a file says of them; what belongs together may stand in many. */
export interface NestFile {
  readonly file: string;
  readonly routes: readonly Own[];
  /** That it gives to all routes. */
  readonly prefixes: readonly string[];
  /** Fields of its classes. */
  readonly classes: ReadonlyMap<string, readonly Field[]>;
}

interface Own extends Pick<Route, 'method' | 'line' | 'handler'> {
  /** Of the controller and the method, without a prefix of all. */
  readonly path: string;
  /** The class of its body, whose fields stand elsewhere; null: the handler has them. */
  readonly bodyClass: string | null;
}

export const mayBeNest =
  /@(?:Controller|Injectable|Module)\s*\(|setGlobalPrefix|class\s+\w+(?:Dto|DTO|Input)\b/;

export function nestFileOf(file: string, root: SgNode): NestFile {
  const prefixes = callsIn(root).filter(({ callee }) => callee.endsWith('.setGlobalPrefix'));
  return {
    file,
    routes: routesOf(root),
    prefixes: prefixes.map(({ given }) => stringOf(given[0]) ?? ''),
    classes: classesIn(root),
  };
}

/** Of all files: behind the prefix that one of them gives to all. */
export function nestRoutes(files: readonly NestFile[]): readonly Route[] {
  const [prefix = '', ...others] = files.flatMap(({ prefixes }) => prefixes);
  const classes = new Map(files.flatMap((each) => [...each.classes]));
  return files.flatMap(({ file, routes }) =>
    routes.map(({ path, bodyClass, handler, ...route }) => ({
      ...route,
      file,
      path: `/${[prefix, path].join('/').split('/').filter(Boolean).join('/')}`,
      certain: others.length === 0,
      handler: bodyClass === null ? handler : { ...handler, fields: classes.get(bodyClass) ?? [] },
    })),
  );
}

function routesOf(root: SgNode): readonly Own[] {
  return nodesOf(root, 'class_body').flatMap((body) => {
    const own = body.parent();
    const outer = own?.parent();
    const about = [own, outer?.kind() === 'export_statement' ? outer : null].flatMap(decoratorsOf);
    const controller = about.find(({ name }) => name === 'Controller');
    const prefix = controller === undefined ? null : pathOf(controller);
    if (prefix === null) return [];
    const guards = about.some(({ name }) => guarding.test(name));
    return methodsIn(body).flatMap((method) => routeOf(method, { prefix, guards, root }));
  });
}

interface Decorator {
  readonly name: string;
  readonly given: readonly SgNode[];
}

const guarding = /^(?:UseGuards|Auth|Authenticated|ApiBearerAuth)$/;

function decoratorsOf(node: SgNode | null | undefined): readonly Decorator[] {
  const all = node?.children().filter((child) => child.kind() === 'decorator') ?? [];
  return all.flatMap((decorator) => readDecorator(decorator) ?? []);
}

function readDecorator(decorator: SgNode): Decorator | null {
  const call = decorator.children().find((child) => child.kind() === 'call_expression');
  if (call === undefined) return null;
  const given = call.field('arguments')?.children() ?? [];
  return { name: shortText(call.field('function')), given: given.filter((child) => child.isNamed()) };
}

/** Null: it is no text, or has parameters. */
function pathOf({ given: [first] }: Decorator): string | null {
  if (first === undefined) return '';
  const pairs = first.kind() === 'object' ? nodesOf(first, 'pair') : [];
  if (pairs.some((pair) => keyOf(pair) === 'version')) return null;
  const text = stringOf(pairs.find((pair) => keyOf(pair) === 'path')?.field('value') ?? first);
  return text === null || !/^[A-Za-z0-9._~/-]{0,200}$/.test(text) ? null : text;
}

interface Method {
  readonly node: SgNode;
  readonly decorators: readonly Decorator[];
}

/** Decorators stand before the method that they are of. */
function methodsIn(body: SgNode): readonly Method[] {
  const methods: Method[] = [];
  let decorators: Decorator[] = [];
  for (const child of body.children()) {
    if (child.kind() === 'decorator') decorators.push(...[readDecorator(child)].flatMap((one) => one ?? []));
    else if (child.kind() !== 'comment') {
      if (child.kind() === 'method_definition') methods.push({ node: child, decorators });
      decorators = [];
    }
  }
  return methods;
}

const verbs: Readonly<Record<string, string>> = { Get: 'GET', Post: 'POST', Put: 'PUT', Patch: 'PATCH' };

interface Controller {
  readonly prefix: string;
  readonly guards: boolean;
  readonly root: SgNode;
}

function routeOf({ node, decorators }: Method, { prefix, guards, root }: Controller): readonly Own[] {
  const verb = decorators.find(({ name }) => Object.hasOwn(verbs, name));
  const inner = verb === undefined ? null : pathOf(verb);
  if (verb === undefined || inner === null) return [];
  const method = verbs[verb.name] ?? '';
  const [code] = decorators.find(({ name }) => name === 'HttpCode')?.given ?? [];
  const declaredStatus = code === undefined ? (method === 'POST' ? 201 : 200) : Number(shortText(code));
  const body = bodyOf(node);
  const guarded = guards || decorators.some(({ name }) => guarding.test(name));
  const handler = readHandler([node], declaredIn(root));
  return [
    {
      method,
      path: [prefix, inner].join('/'),
      line: node.range().start.line + 1,
      bodyClass: body.className,
      handler: {
        ...handler,
        fields: body.fields,
        status: Number.isInteger(declaredStatus) ? declaredStatus : null,
        guarded: handler.guarded || guarded,
      },
    },
  ];
}

interface Body {
  readonly fields: readonly Field[];
  readonly className: string | null;
}

/** `@Body() note: CreateNoteDto`, `@Body() note: { text: string }`, `@Body('text') text: string`. */
function bodyOf(method: SgNode): Body {
  const parameters = method.field('parameters')?.children() ?? [];
  const asked = parameters.flatMap((parameter) => {
    const decorator = decoratorsOf(parameter).find(({ name }) => name === 'Body');
    return decorator === undefined ? [] : [{ name: stringOf(decorator.given[0]), type: typeOf(parameter) }];
  });
  const single = asked.flatMap(({ name, type }) => (name === null ? [] : [fieldOf(name, shortText(type))]));
  const whole = asked.find(({ name }) => name === null)?.type;
  if (whole?.kind() === 'object_type') return { fields: fieldsOfType(whole), className: null };
  const className = whole?.kind() === 'type_identifier' ? whole.text() : null;
  return { fields: single, className };
}

const typeOf = (parameter: SgNode): SgNode | null =>
  parameter
    .field('type')
    ?.children()
    .find((child) => child.isNamed()) ?? null;

function fieldsOfType(type: SgNode): readonly Field[] {
  return type
    .children()
    .filter((child) => child.kind() === 'property_signature' && !isOptional(child))
    .flatMap((child) => fieldOf(child.field('name')?.text() ?? '', shortText(typeOf(child))));
}

const isOptional = (member: SgNode): boolean => member.children().some((child) => child.kind() === '?');

function fieldOf(name: string, type: string): Field {
  return { name, kind: type === 'number' ? 'number' : type === 'boolean' ? 'boolean' : 'text' };
}

/** Fields of each class of the file that must be given. */
function classesIn(root: SgNode): ReadonlyMap<string, readonly Field[]> {
  return new Map(
    nodesOf(root, 'class_body').map((body) => [
      body.parent()?.field('name')?.text() ?? '',
      body
        .children()
        .filter((child) => child.kind() === 'public_field_definition')
        .filter((child) => !isOptional(child) && !/@IsOptional\b/.test(child.text()))
        .map((child) => fieldOf(child.field('name')?.text() ?? '', shortText(typeOf(child))))
        .filter(({ name }) => /^[A-Za-z_][\w-]{0,40}$/.test(name)),
    ]),
  );
}
