/** Whether requests speak to each other through the disk of one process. */
import { broken, type Evidence, holds, type Probe, some, unproven } from '../law.ts';

/** One web process whose system calls were recorded while requests were sent to it one after the other. */
export interface LocalFileFacts {
  readonly process: string;
  /** Why it never served; null when it did. */
  readonly failure: string | null;
  /** In order of time. */
  readonly requests: readonly SentRequest[];
  /** Files that it opened and names that it gave, in order of time, from its start on. */
  readonly touches: readonly Touch[];
  /** What became of a request that writes: the scenario names none, says that none does, or it was answered, or not, as it must be. */
  readonly writes: 'untold' | 'none' | 'worked' | 'failed';
}

export interface SentRequest {
  /** `POST /entries` */
  readonly request: string;
  readonly sentAt: number;
}

export interface Touch {
  readonly atMs: number;
  /** From `/`. */
  readonly path: string;
  /** `write`: opened to be written to, or the new name of a file that was moved; `read`: opened to be read. Opened for both, it is two. */
  readonly how: 'write' | 'read';
}

export const readsBackNoLocalFile: Probe<LocalFileFacts> = {
  id: 'processes/reads-back-no-local-file',
  statement: 'Reads no file that an earlier request has made it write',
  method: 'run',
  why: 'The disk of a process is its own and goes with it: the next request may reach another one, which has no such file.',
  source: 'https://12factor.net/processes',
  how: "The scenario's requests are sent to one web process whose system calls are recorded. A file in /app, /tmp or /var/tmp that it opened to write after one request and to read after a later one breaks the rule, and so does the journal of an SQLite database. Files of logs and compile caches are left out.",
  blind:
    'A file that is opened once and stays open is not seen, unless it is an SQLite database with a journal, nor is one that only a request outside of the scenario reads. A cache that is made anew where it is missing counts like any other file, and so does a file that a timer writes and reads.',
  mend: 'Put what outlives a request into a backing service; use the disk within one request only',
  fixes: {
    javascript:
      "// not: await writeFile('uploads/' + name, body);\nawait s3.send(new PutObjectCommand({ Bucket: process.env.BUCKET, Key: name, Body: body }));",
    python:
      "# not: open('uploads/' + name, 'wb').write(body)\ns3.put_object(Bucket=os.environ['BUCKET'], Key=name, Body=body)",
    ruby: '# config/environments/production.rb\nconfig.active_storage.service = :amazon # not :local',
  },
  judge: ({ process, failure, requests, touches, writes }) => {
    const readBack = readBacks(touches, requests);
    const kept = journals(touches, requests);
    const evidence = [
      ...readBack.flatMap(({ written, read }) => [
        tell(process, written, requests, 'wrote'),
        tell(process, read, requests, 'read'),
      ]),
      ...kept.map((touch) => tell(process, touch, requests, 'wrote the journal')),
    ].sort((a, b) => a.atMs - b.atMs);
    if (some(evidence)) {
      const [first] = readBack;
      const because =
        first === undefined
          ? `It keeps a database on its own disk, at ${databaseOf(kept[0]?.path ?? '')}`
          : `It read ${first.read.path}, which an earlier request had made it write`;
      return broken(because, evidence);
    }
    if (failure !== null) return unproven(`No web process served: ${failure}`);
    if (writes === 'failed')
      return unproven(
        `Among ${sentList(requests)} no request read what another had made it write, but the one that writes was not answered as the scenario says`,
      );
    if (writes === 'untold')
      return unproven(
        `Among ${sentList(requests)} no request read what another had made it write, but the scenario names none that writes`,
        'requests:\n  write:\n    request: POST /entries\n    form: { message: "{token}" }\n# or, for an app that keeps nothing:\n# requests: { write: none }',
      );
    const left = [...new Map(written(touches, requests).map((touch) => [touch.path, touch])).values()];
    return holds(
      left.length === 0
        ? `No request made it write a file: ${sentList(requests)}`
        : `No request read what another had made it write: ${sentList(requests)}`,
      left.map((touch) => tell(process, touch, requests, 'wrote')),
    );
  },
};

/** By which request: what happens after one was sent and before the next is taken for its. -1: before the first. */
function turnOf({ atMs }: Touch, requests: readonly SentRequest[]): number {
  return requests.findLastIndex(({ sentAt }) => sentAt <= atMs);
}

function written(touches: readonly Touch[], requests: readonly SentRequest[]): readonly Touch[] {
  return touches.filter(
    (touch) => touch.how === 'write' && isOwn(touch.path) && turnOf(touch, requests) >= 0,
  );
}

interface ReadBack {
  readonly written: Touch;
  readonly read: Touch;
}

/** Each file once. */
function readBacks(touches: readonly Touch[], requests: readonly SentRequest[]): readonly ReadBack[] {
  const found = new Map<string, ReadBack>();
  for (const touch of written(touches, requests)) {
    if (found.has(touch.path)) continue;
    const turn = turnOf(touch, requests);
    const read = touches.find(
      (later) => later.how === 'read' && later.path === touch.path && turnOf(later, requests) > turn,
    );
    if (read !== undefined) found.set(touch.path, { written: touch, read });
  }
  return [...found.values()];
}

const journal = /-(?:journal|wal)$/;

/** SQLite opens its database once and reads and writes it through that; its journals come and go. */
function journals(touches: readonly Touch[], requests: readonly SentRequest[]): readonly Touch[] {
  const opened = new Set(touches.map(({ path }) => path));
  const found = written(touches, requests).filter(
    ({ path }) => journal.test(path) && opened.has(databaseOf(path)),
  );
  return [...new Map(found.map((touch) => [touch.path, touch])).values()];
}

function databaseOf(path: string): string {
  return path.replace(journal, '');
}

const notState = /\.log(?:\.\d+)?$|\/logs?\/|\/node-compile-cache\/|\/__pycache__\/|\.pyc$|\/bootsnap\//;

function isOwn(path: string): boolean {
  return /^\/(?:app|tmp|var\/tmp)\//.test(path) && !notState.test(path);
}

interface Told extends Extract<Evidence, { readonly kind: 'event' }> {}

function tell(process: string, touch: Touch, requests: readonly SentRequest[], did: string): Told {
  const request = requests[turnOf(touch, requests)]?.request ?? 'its start';
  return { kind: 'event', process, atMs: touch.atMs, what: `${did} ${touch.path} after ${request}` };
}

function sentList(requests: readonly SentRequest[]): string {
  return [...new Set(requests.map(({ request }) => request))].join(', ');
}
