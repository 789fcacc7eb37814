/** Whether an app exports its services by binding the port it is given. */
import { broken, type Evidence, holds, type Judgement, notApplicable, type Probe, some } from '../law.ts';

/** Two web processes of one build, started at once with different values of PORT. */
export interface PortFacts {
  readonly processes: readonly PortProcess[];
}

export interface PortProcess {
  readonly name: string;
  /** The port it was given. */
  readonly port: number;
  /** What its processes listened at once it was ready, or had failed to become so. */
  readonly listeners: readonly ListenerFact[];
  /** Whether it answered a request at its port. */
  readonly answered: boolean;
  /** Why it never became ready; null when it did. */
  readonly failure: string | null;
  readonly atMs: number;
}

export interface ListenerFact {
  readonly address: string;
  readonly port: number;
  /** Of the process that listens. */
  readonly argv: readonly string[];
  /** Where its program lies. */
  readonly program: string;
}

const source = 'https://12factor.net/port-binding';

export const listensOnItsPort: Probe<PortFacts> = {
  id: 'port-binding/listens-on-the-port-it-is-given',
  statement: 'Listens on the port that PORT names',
  method: 'run',
  why: 'The platform decides where a process listens, so that many can run on one machine and be routed to.',
  source,
  how: 'Two web processes are started at once with different values of PORT. Each must answer a request at its own.',
  blind: 'A process that listens on its port and answers with errors alone still binds its port.',
  mend: 'Read the port from PORT and listen there, and end with an error when it is not set',
  fixes: {
    javascript: 'const port = Number(process.env.PORT);\nserver.listen(port);',
    python: "port = int(os.environ['PORT'])\napp.run(host='0.0.0.0', port=port)",
    ruby: "port Integer(ENV.fetch('PORT'))",
  },
  judge: ({ processes }) => {
    const silent = processes.filter((each) => !each.answered).toSorted((a, b) => a.atMs - b.atMs);
    if (!some(silent)) {
      return holds(
        `${processes.length} processes answered at once, each at the port it was given`,
        processes.map(({ name, port, atMs }) => event(name, atMs, `answered a request at port ${port}`)),
      );
    }
    const [first] = silent;
    return broken(
      `${first.name} does not answer at the port it was given: ${first.failure ?? 'it gave no answer'}`,
      [
        event(first.name, first.atMs, whatItDid(first)),
        ...silent.slice(1).map((each) => event(each.name, each.atMs, whatItDid(each))),
      ],
      mendOfSilence(first),
    );
  },
};

export const opensNoOtherPort: Probe<PortFacts> = {
  id: 'port-binding/opens-no-other-port',
  statement: 'Listens on no port that it was not given',
  method: 'run',
  why: 'A port of its own choice collides with the next process on the machine, and nobody routes to it or guards it.',
  source,
  how: 'What the processes of a ready web process listen at is read from the kernel.',
  blind: 'A port that is opened later, after a certain request or for a moment, is not seen.',
  mend: 'Serve everything on PORT, or make a process type of its own of what listens elsewhere',
  fixes: {
    javascript:
      "// one server, on the one port\napp.get('/metrics', showMetrics);\nserver.listen(Number(process.env.PORT));",
    python: "# one server, on the one port\n@app.get('/metrics')\ndef metrics(): ...",
    ruby: "# one server, on the one port\nget('/metrics') { show_metrics }",
  },
  judge: ({ processes }) => {
    const up = processes.filter(({ answered }) => answered);
    if (up.length === 0) return nothingUp();
    const others = up.flatMap(({ name, port, atMs, listeners }) =>
      listeners.filter((each) => each.port !== port).map((listener) => ({ name, atMs, listener })),
    );
    const shown = others.map(({ name, atMs, listener }) =>
      event(name, atMs, `listens at ${placeOf(listener)}`, listener.argv.join(' ')),
    );
    if (some(shown))
      return broken(
        `Beside the port it was given it listens at ${portsOf(others.map(({ listener }) => listener))}`,
        shown,
      );
    return holds('The port it was given is the only one it listens on', up.map(listenerEvent));
  },
};

export const listensOnEveryInterface: Probe<PortFacts> = {
  id: 'port-binding/listens-on-every-interface',
  statement: 'Can be reached from beside its own machine',
  method: 'run',
  why: 'A router on another machine, or outside of the container, reaches no process that listens on loopback alone.',
  source,
  how: 'The address that the listening socket is bound to is read from the kernel.',
  blind:
    'An app that binds one address of the machine by name may be reached in one place and not in another.',
  mend: 'Listen on 0.0.0.0 or ::, not on localhost',
  fixes: {
    javascript: 'server.listen({ port: Number(process.env.PORT), host: "::" });',
    python: "app.run(host='0.0.0.0', port=int(os.environ['PORT']))",
    ruby: 'bind "tcp://0.0.0.0:#{ENV.fetch(\'PORT\')}"',
  },
  judge: ({ processes }) => {
    const up = processes.filter(
      ({ answered, port, listeners }) => answered && listeners.some((each) => each.port === port),
    );
    if (up.length === 0) return nothingUp();
    const closed = up.filter(({ port, listeners }) =>
      listeners.filter((each) => each.port === port).every(({ address }) => isLoopback(address)),
    );
    if (some(closed)) {
      const [first, ...more] = closed;
      return broken('It listens on loopback alone', [listenerEvent(first), ...more.map(listenerEvent)]);
    }
    return holds('It listens on every interface', up.map(listenerEvent));
  },
};

export const bringsItsServer: Probe<PortFacts> = {
  id: 'port-binding/brings-its-own-server',
  statement: 'Serves requests with a server that comes with the app',
  method: 'run',
  why: 'A web server that is expected on the machine is a dependency that nothing declares.',
  source,
  how: 'The program of the process that listens is read from the kernel: a web server of the machine is not the app.',
  blind: 'A web server under a name that the prover does not know looks like a program of the app.',
  mend: 'Add a web server library to the dependencies and start it from the app',
  fixes: {
    javascript:
      "import { createServer } from 'node:http';\ncreateServer(app).listen(Number(process.env.PORT));",
    python: '# requirements.txt: gunicorn\n# Procfile\nweb: gunicorn app:app --bind 0.0.0.0:$PORT',
    ruby: '# Gemfile: gem "puma"\n# Procfile\nweb: bundle exec puma -p $PORT',
  },
  judge: ({ processes }) => {
    const up = processes.filter(({ answered }) => answered);
    if (up.length === 0) return nothingUp();
    const foreign = up.flatMap(({ name, port, atMs, listeners }) =>
      listeners
        .filter((each) => each.port === port && isForeignServer(each))
        .map((each) =>
          event(name, atMs, `${each.program} of the machine listens at port ${port}`, each.argv.join(' ')),
        ),
    );
    if (some(foreign)) return broken('A web server of the machine answers, not the app', foreign);
    return holds('The process that answers is the app', up.map(listenerEvent));
  },
};

export const probes = [listensOnItsPort, opensNoOtherPort, listensOnEveryInterface, bringsItsServer];

const webServers =
  /(^|[\s/])(nginx|apache2?|httpd|lighttpd|caddy|haproxy|tomcat|jetty|php-fpm[\d.]*)(:|$)|\s(-m http\.server|-m SimpleHTTPServer|-S \S+:\d+)(\s|$)/;

/** Outside of the app and of the runtimes that it declares, and known as a server. */
function isForeignServer({ program, argv }: ListenerFact): boolean {
  if (/^\/(app|opt)\//.test(program)) return false;
  return webServers.test(program) || webServers.test(argv.join(' '));
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** Undefined: it listens elsewhere, which is what the probe itself speaks of. */
function mendOfSilence({ port, listeners }: PortProcess): string | undefined {
  if (listeners.some((each) => each.port === port))
    return 'It listens there: answer plain HTTP, and let no request wait for what never comes';
  return listeners.length === 0
    ? 'Mend what keeps it from listening: its last lines tell. Then listen on PORT before anything that takes long'
    : undefined;
}

function whatItDid({ port, listeners, failure }: PortProcess): string {
  if (listeners.length === 0) return `does not listen at ${port}: ${failure ?? 'it listens nowhere'}`;
  const places = listeners.map(placeOf).join(', ');
  return `was given PORT=${port} and listens at ${places}`;
}

function listenerEvent({ name, port, atMs, listeners }: PortProcess): Evidence {
  const own = listeners.find((each) => each.port === port);
  const where = own === undefined ? `port ${port}` : placeOf(own);
  return event(name, atMs, `listens at ${where}`, own?.argv.join(' '));
}

function placeOf({ address, port }: ListenerFact): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** What the kernel picks is from here on, and another port each time. */
const firstOfKernel = 32_768;

function portsOf(listeners: readonly ListenerFact[]): string {
  const ports = [...new Set(listeners.map(({ port }) => port))];
  const fixed = ports.filter((port) => port < firstOfKernel);
  const more = fixed.length - portsNamed;
  return [
    ...(fixed.length === 0
      ? []
      : [`${fixed.length === 1 ? 'port' : 'ports'} ${fixed.slice(0, portsNamed).join(', ')}`]),
    ...(more > 0 ? [`${more} more`] : []),
    ...(fixed.length < ports.length ? ['a port that the system may have picked'] : []),
  ].join(' and ');
}

const portsNamed = 5;

function event(process: string, atMs: number, what: string, bytes?: string): Evidence {
  return { kind: 'event', process, atMs, what, ...(bytes === undefined ? {} : { bytes }) };
}

/** That none answers is what the first of these probes is for. */
function nothingUp(): Judgement {
  return { ...notApplicable('No web process answered at its port'), outcome: 'unproven' };
}
