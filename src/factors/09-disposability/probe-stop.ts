/** What an idle process does with SIGTERM, and what it leaves at the servers it was connected to. */
import { broken, type Evidence, holds, notApplicable, type Probe, some, unproven } from '../law.ts';

export interface StopFacts {
  /** One process of each type. */
  readonly stops: readonly StopFact[];
  /** One for each service that the app has. */
  readonly connections: readonly ConnectionFact[];
  /** Variables of services that it declares and is run without. */
  readonly unprovided: readonly string[];
}

export interface StopFact {
  readonly process: string;
  readonly type: string;
  /** When it got SIGTERM. */
  readonly atMs: number;
  /** Null: it had not ended when the wait was over. */
  readonly endedAfterMs: number | null;
  /** How long was waited: its grace, or less. */
  readonly waitedMs: number;
  /** How it ended: `code 0`, `SIGTERM`. */
  readonly how: string;
  /** Why it never became ready; null when it did. */
  readonly failure: string | null;
}

export interface ConnectionFact {
  readonly service: string;
  /** Connections of the deploy while its processes ran. */
  readonly before: number;
  /** Once they had ended, and two seconds were over or none was left. */
  readonly after: number;
  readonly beforeAtMs: number;
  readonly afterAtMs: number;
}

const source = 'https://12factor.net/disposability';

export const endsOnSigterm: Probe<StopFacts> = {
  id: 'disposability/ends-on-sigterm',
  statement: 'Ends by itself when it gets SIGTERM',
  method: 'run',
  why: 'SIGTERM is how a platform asks. What does not end within its grace is killed, with whatever it was doing.',
  source,
  how: 'One process of each type gets SIGTERM while it has nothing to do. Each must end by itself within its grace, of which 15 s are waited for at most.',
  blind:
    'A process that needs more than 15 s of a longer grace looks as if it did not end. Any exit code counts as an end, and so does the signal itself.',
  mend: 'On SIGTERM take nothing new, finish what is there, close what is open, and let the process end',
  fixes: {
    javascript:
      "process.once('SIGTERM', async () => {\n  server.close();\n  await once(server, 'close');\n  await database.end();\n});",
    python:
      'import signal, threading\nstopping = threading.Event()\nsignal.signal(signal.SIGTERM, lambda *_: stopping.set())\nwhile not stopping.is_set():\n    work_once(stopping)',
    ruby: 'stopping = false\nSignal.trap("TERM") { stopping = true }\nwork_once until stopping',
  },
  judge: ({ stops }) => {
    const ran = stops.filter(({ failure }) => failure === null);
    const [down] = stops.filter(({ failure }) => failure !== null);
    const stuck = ran.filter(({ endedAfterMs }) => endedAfterMs === null);
    const told = ran.map((each) => event(each.process, each.atMs, stopSentence(each)));
    const [first] = stuck;
    if (first !== undefined && some(told))
      return broken(
        `${first.process} was running ${seconds(first.waitedMs)} after SIGTERM, and had to be killed`,
        told,
      );
    if (down !== undefined) return unproven(`${down.process} does not start: ${down.failure}`);
    if (!some(ran)) return notApplicable('The app has no process type');
    const ends = ran.map(
      (each) => `${each.process} after ${seconds(each.endedAfterMs ?? 0)} with ${each.how}`,
    );
    return holds(`Every process type ends on SIGTERM: ${ends.join(', ')}`, told);
  },
};

export const closesItsServiceConnections: Probe<StopFacts> = {
  id: 'disposability/closes-its-service-connections',
  statement: 'Leaves no connection open at its services when it has stopped',
  method: 'run',
  why: 'What is left at a server holds locks and takes a place of the few connections that the next process needs.',
  source,
  how: 'The server counts the connections of the deploy while its processes run, and again within two seconds of their end on SIGTERM.',
  blind:
    'A connection that the kernel closed when the process was gone counts as closed, as one that was ended in order does.',
  mend: 'Cancel what runs at the server and close the connections before the process ends',
  fixes: {
    javascript:
      "process.once('SIGTERM', async () => {\n  server.close();\n  await once(server, 'close');\n  await pool.end();\n});",
    python:
      'def stop(*_):\n    connection.cancel()\n    connection.close()\n    sys.exit(0)\nsignal.signal(signal.SIGTERM, stop)',
    ruby: 'at_exit { ActiveRecord::Base.connection_handler.clear_all_connections! }\nSignal.trap("TERM") { exit }',
  },
  judge: ({ stops, connections, unprovided }) => {
    if (!some(connections) && some(unprovided))
      return unproven(
        `The app is run without what ${unprovided.join(', ')} names: the prover cannot start it`,
      );
    if (!some(connections)) return notApplicable('The app declares no service');
    const told = connections.flatMap(({ service, before, after, beforeAtMs, afterAtMs }) => [
      event(service, beforeAtMs, `has ${connectionsOf(before)} of the running app`),
      event(service, afterAtMs, `has ${after} after its processes ended`),
    ]);
    const running = stops.find(({ endedAfterMs }) => endedAfterMs === null);
    if (running !== undefined)
      return unproven(`${running.process} does not end by itself, so it cannot be seen what it leaves`);
    const left = connections.find(({ after }) => after > 0);
    if (left !== undefined && some(told))
      return broken(
        `${left.service} has ${connectionsOf(left.after)} of the app after all its processes ended`,
        told,
      );
    const unused = connections.find(({ before }) => before === 0);
    if (unused !== undefined)
      return unproven(`The running app has no connection to ${unused.service} to close`);
    const counts = connections.map(({ service, before }) => `${connectionsOf(before)} to ${service}`);
    return holds(`It had ${counts.join(' and ')}, and none is left when its processes have ended`, told);
  },
};

export const stopProbes = [endsOnSigterm, closesItsServiceConnections];

function connectionsOf(count: number): string {
  return count === 1 ? '1 connection' : `${count} connections`;
}

function stopSentence({ endedAfterMs, waitedMs, how }: StopFact): string {
  return endedAfterMs === null
    ? `got SIGTERM and was running ${seconds(waitedMs)} later`
    : `got SIGTERM and ended ${Math.round(endedAfterMs)} ms later with ${how}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function event(process: string, atMs: number, what: string): Evidence {
  return { kind: 'event', process, atMs, what };
}
