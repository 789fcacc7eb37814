/** Routes that controllers of NestJS declare by decorators, and the fields of the classes that their bodies are. */
import type { SgNode } from '@ast-grep/napi';
import { readHandler } from './handler.ts';
import { type Field, usable } from './handler-fields.ts';
import type { Route } from './route.ts';
import { callsIn, type Declared, keyOf, nodesOf, shortText, stringOf, valuesIn } from './syntax.ts';

/** What a file says of them; what belongs together may stand in many. */
export interface NestFile {
  readonly file: string;
  readonly routes: readonly Own[];
  /** That it gives to all routes. */
  readonly prefixes: readonly Prefix[];
  /** Whether something else in it may change paths: versions, or modules behind prefixes of their own. */
  readonly movesRoutes: boolean;
  /** Fields of its classes. */
  readonly classes: ReadonlyMap<string, readonly Field[]>;
}

interface Prefix {
  readonly path: string;
  /** Whether it is a text, and that of all routes. */
  readonly certain: boolean;
}

interface Own extends Pick<Route, 'method' | 'line' | 'handler'> {
  /** Of the controller and the method, without a prefix of all. */
  readonly path: string;
  readonly versioned: boolean;
  /** The class of its body, whose fields stand elsewhere; null: the handler has them. */
  readonly bodyClass: string | null;
}

export const mayBeNest =
  /@(?:Controller|Injectable|Module)\s*\(|setGlobalPrefix|enableVersioning|RouterModule|class\s+\w+(?:Dto|DTO|Input)\b/;

export function nestFileOf(file: string, root: SgNode): NestFile {
  const calls = callsIn(root);
  return {
    file,
    routes: routesOf(root),
    prefixes: calls.filter(({ callee }) => /\bsetGlobalPrefix$/.test(callee)).map(prefixOf),
    movesRoutes: calls.some(({ callee }) => /\b(?:enableVersioning|RouterModule\.\w+)$/.test(callee)),
    classes: classesIn(root),
  };
}

/** `setGlobalPrefix('api', { exclude: ['health'] })` is not that of all. */
function prefixOf({ given }: { readonly given: readonly SgNode[] }): Prefix {
  const text = stringOf(given[0]);
  if (text === null || !isPath(text)) return { path: '', certain: false };
  return { path: text, certain: given.length === 1 };
}

/** Of all files: behind the prefix that one of them gives to all. */
export function nestRoutes(files: readonly NestFile[]): readonly Route[] {
  const [prefix = { path: '', certain: true }, ...others] = files.flatMap(({ prefixes }) => prefixes);
  const certain = prefix.certain && others.length === 0 && !files.some(({ movesRoutes }) => movesRoutes);
  const classes = new Map(files.flatMap((each) => [...each.classes]));
  return files.flatMap(({ file, routes }) =>
    routes.map(({ path, versioned, bodyClass, handler, ...route }) => ({
      ...route,
      file,
      path: `/${[prefix.path, path].join('/').split('/').filter(Boolean).join('/')}`,
      certain: certain && !versioned,
      handler: bodyClass === null ? handler : { ...handler, fields: classes.get(bodyClass) ?? [] },
    })),
  );
}

function routesOf(root: SgNode): readonly Own[] {
  const declared = valuesIn(root);
  const exported = new Map(
    nodesOf(root, 'export_statement').map((outer) => [outer.field('declaration')?.id(), outer]),
  );
  return classNodesIn(root).flatMap(({ node, body }) => {
    const about = [node, exported.get(node.id())].flatMap(decoratorsOf);
    const controller = about.find(({ name }) => name === 'Controller');
    const prefix = controller === undefined ? null : pathOf(controller);
    if (prefix === null) return [];
    const guards = about.some(({ name }) => guarding.test(name));
    const versioned = about.some(isVersion);
    return methodsIn(body).flatMap((method) => routeOf(method, { prefix, guards, versioned, declared }));
  });
}

interface ClassNode {
  readonly node: SgNode;
  readonly body: SgNode;
}

function classNodesIn(root: SgNode): readonly ClassNode[] {
  const nodes = ['class_declaration', 'abstract_class_declaration', 'class'].flatMap((kind) =>
    nodesOf(root, kind),
  );
  return nodes.flatMap((node) => {
    const body = node.field('body');
    return body === null ? [] : [{ node, body }];
  });
}

interface Decorator {
  readonly name: string;
  readonly given: readonly SgNode[];
}

const isVersion = ({ name }: Decorator): boolean => name === 'Version';
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
  const pairs = first.kind() === 'object' ? first.children().filter((child) => child.kind() === 'pair') : [];
  if (pairs.some((pair) => keyOf(pair) === 'version')) return null;
  const text = stringOf(pairs.find((pair) => keyOf(pair) === 'path')?.field('value') ?? first);
  return text === null || !isPath(text) ? null : text;
}

const isPath = (text: string): boolean => /^[A-Za-z0-9._~/-]{0,200}$/.test(text);

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
  readonly versioned: boolean;
  readonly declared: Declared;
}

function routeOf(
  { node, decorators }: Method,
  { prefix, guards, versioned, declared }: Controller,
): readonly Own[] {
  const verb = decorators.find(({ name }) => Object.hasOwn(verbs, name));
  const inner = verb === undefined ? null : pathOf(verb);
  if (verb === undefined || inner === null) return [];
  const method = verbs[verb.name] ?? '';
  const body = bodyOf(node);
  const guarded = guards || decorators.some(({ name }) => guarding.test(name));
  const handler = readHandler([node], declared);
  const answersItself =
    decorators.some(({ name }) => name === 'Redirect') || decoratedWith(node, /^Res(?:ponse)?$/).length > 0;
  return [
    {
      method,
      path: [prefix, inner].join('/'),
      line: node.range().start.line + 1,
      versioned: versioned || decorators.some(isVersion),
      bodyClass: body.className,
      handler: {
        ...handler,
        fields: body.fields,
        status: handler.status ?? (answersItself ? null : declaredStatus(method, decorators)),
        guarded: handler.guarded || guarded,
      },
    },
  ];
}

/** Null: it is none that a good answer has, or no number. */
function declaredStatus(method: string, decorators: readonly Decorator[]): number | null {
  const [code] = decorators.find(({ name }) => name === 'HttpCode')?.given ?? [];
  if (code === undefined) return method === 'POST' ? 201 : 200;
  const status = Number(shortText(code));
  return Number.isInteger(status) && status >= 200 && status < 400 ? status : null;
}

interface Decorated {
  readonly parameter: SgNode;
  readonly decorator: Decorator;
}

/** Parameters of a method. */
function decoratedWith(method: SgNode, pattern: RegExp): readonly Decorated[] {
  return (method.field('parameters')?.children() ?? []).flatMap((parameter) => {
    const decorator = decoratorsOf(parameter).find(({ name }) => pattern.test(name));
    return decorator === undefined ? [] : [{ parameter, decorator }];
  });
}

interface Body {
  readonly fields: readonly Field[];
  readonly className: string | null;
}

/** `@Body() note: CreateNoteDto`, `@Body() note: { text: string }`, `@Body('text') text: string`. */
function bodyOf(method: SgNode): Body {
  const asked = decoratedWith(method, /^Body$/).map(({ parameter, decorator }) => ({
    name: stringOf(decorator.given[0]),
    type: typeOf(parameter),
  }));
  const single = asked.flatMap(({ name, type }) => (name === null ? [] : [fieldOf(name, shortText(type))]));
  const whole = asked.find(({ name }) => name === null)?.type;
  if (whole?.kind() === 'object_type') return { fields: fieldsOfType(whole), className: null };
  const className = whole?.kind() === 'type_identifier' ? whole.text() : null;
  return { fields: usable(single), className };
}

const typeOf = (parameter: SgNode): SgNode | null =>
  parameter
    .field('type')
    ?.children()
    .find((child) => child.isNamed()) ?? null;

function fieldsOfType(type: SgNode): readonly Field[] {
  return usable(
    type
      .children()
      .filter((child) => child.kind() === 'property_signature' && !isOptional(child))
      .map(fieldOfMember),
  );
}

const isOptional = (member: SgNode): boolean => member.children().some((child) => child.kind() === '?');

const mayBeLeftOut = (member: SgNode): boolean =>
  decoratorsOf(member).some(({ name }) => name === 'IsOptional');

const fieldOfMember = (member: SgNode): Field =>
  fieldOf(shortText(member.field('name')), shortText(typeOf(member)));

function fieldOf(name: string, type: string): Field {
  return { name, kind: type === 'number' ? 'number' : type === 'boolean' ? 'boolean' : 'text' };
}

/** Fields of each class of the file that must be given. */
function classesIn(root: SgNode): ReadonlyMap<string, readonly Field[]> {
  return new Map(
    classNodesIn(root).map(({ node, body }) => [
      shortText(node.field('name')),
      usable(
        body
          .children()
          .filter((child) => child.kind() === 'public_field_definition')
          .filter((child) => !isOptional(child) && !mayBeLeftOut(child))
          .map(fieldOfMember),
      ),
    ]),
  );
}
