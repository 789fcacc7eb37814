/**
 * The grammar of `dozen.check.yaml`, as JSON Schema: what a file is held against, and what editors complete from
 * (`docs/dozen.check.schema.json`). What one value says about another is `parse.ts`'s affair.
 */
import Type, { type Static, type TProperties, type TSchema } from 'typebox';
import { factors } from '../../factors/law.ts';

export type Document = Static<typeof scenarioSchema>;
export type RequestForm = Static<typeof requestForm>;

const methods = 'GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS';
const requestLine = `(?:${methods}) /[!-"$-~]{0,1999}`;
const requestLineForm = 'a method and a path, such as GET /healthz';
/** Whether a text is method and path as a scenario writes them. */
export function isRequestLine(text: string): boolean {
  return new RegExp(`^${requestLine}$`).test(text);
}

/** Requests that others may name. */
export const namedRequests = ['cheap', 'write', 'read'] as const;

const line = Type.String({
  description: 'Method and path, with a query behind it: GET /entries?page=1.',
  pattern: `^${requestLine}$`,
  patternErrorMessage: `expected ${requestLineForm}`,
});

/** What says that there is no such request. */
export const none = 'none';

const lineOrNone = Type.String({
  description: 'none, or method and path.',
  pattern: `^(?:${none}|${requestLine})$`,
  patternErrorMessage: `expected none, or ${requestLineForm}`,
});

const pattern = (description: string) =>
  Type.String({
    description: `${description} A regular expression of RE2; {token} stands for the token.`,
    minLength: 1,
    maxLength: 1000,
  });

const texts = (description: string, examples: readonly unknown[]) =>
  Type.Record(Type.String({ pattern: '^[\\s\\S]*$' }), Type.String(), { description, examples });

const group = (description: string) =>
  Type.String({ description: `${description} A regular expression of RE2.`, minLength: 1, maxLength: 1000 });

/** A token of a form, or an id: what only an answer tells. */
const taking = exact({
  from: Type.String({
    description: 'The page, asked for by the same visitor.',
    pattern: '^GET /[!-"$-~]{0,1999}$',
    patternErrorMessage: 'expected GET and a path, such as GET /entries/new',
    examples: ['GET /entries/new'],
  }),
  pattern: group('Its first group is what is taken.'),
});

const requestMembers = {
  request: line,
  headers: Type.Optional(
    texts('Headers by name. Content-Length and the like are set by Dozen.', [{ Accept: 'application/json' }]),
  ),
  form: Type.Optional(
    texts('The body as a form: sets Content-Type and encodes the values.', [
      { name: 'Dozen', message: '{token}' },
    ]),
  ),
  json: Type.Optional(
    Type.Unknown({ description: 'The body as JSON: sets Content-Type.', examples: [{ message: '{token}' }] }),
  ),
  body: Type.Optional(
    Type.String({ description: 'The body as it is sent. Say what it is in headers.', maxLength: 32_768 }),
  ),
  status: Type.Optional(
    Type.Integer({
      description: 'What the status must be. Default: any below 400.',
      minimum: 100,
      maximum: 599,
      examples: [303],
    }),
  ),
  matches: Type.Optional(pattern('What the body of the answer must match.')),
  takes: Type.Optional(
    Type.Record(Type.String({ pattern: '^[\\s\\S]*$' }), taking, {
      description:
        'Texts of the pages of the app, by name, read right before it is sent: {name} stands for one in path, headers, form, json and body.',
      examples: [{ csrf: { from: 'GET /entries/new', pattern: 'name="_csrf" value="([^"]+)"' } }],
    }),
  ),
};

/** What signs a visitor in, and asks whether it did. */
const visitorForm = exact(requestMembers);

const signedIn = {
  'signed-in': Type.Optional(
    Type.Boolean({
      description:
        'Whether it is sent as the visitor for whom session.begin was sent before, with the cookies that answers have set.',
      default: false,
    }),
  ),
};

const requestForm = exact({ ...requestMembers, ...signedIn });

/** One text or one object: complaints choose the branch by what is there. */
const request = (description: string, examples: readonly unknown[]) =>
  Type.Union([line, requestForm], { description, examples });

const visit = (description: string, examples: readonly unknown[]) =>
  Type.Union([line, visitorForm], { description, examples });

const requestOrName = (description: string) =>
  Type.Union(
    [
      Type.String({
        description: 'The name of a request under requests, or method and path.',
        pattern: `^(?:${namedRequests.join('|')}|${requestLine})$`,
        patternErrorMessage: `expected ${namedRequests.join(', ')} or ${requestLineForm}`,
      }),
      requestForm,
    ],
    { description, examples: ['write', 'GET /report'] },
  );

const requests = exact(
  {
    cheap: Type.Optional(request('Answers fast and changes nothing.', ['GET /healthz'])),
    write: Type.Optional(
      Type.Union([lineOrNone, requestForm], {
        description:
          'Writes something that has {token} in it. none: no request of the app writes anything, anywhere.',
        examples: [{ request: 'POST /entries', form: { message: '{token}' }, status: 303 }, 'none'],
      }),
    ),
    read: Type.Optional(
      request('Shows what write wrote. Without matches and status, its answer must have the token in it.', [
        'GET /entries.json',
      ]),
    ),
    slow: Type.Optional(
      exact(
        {
          of: requestOrName('The request that is made to last.'),
          by: Type.Enum(['itself', 'body', 'lock'], {
            description:
              'itself: it takes a second or more. body: its body is sent in two halves. lock: the table it needs is locked in PostgreSQL or MariaDB.',
          }),
          table: Type.Optional(
            Type.String({
              description: 'With lock: the table, with its schema where that is not the default one.',
              pattern: '^[A-Za-z_][A-Za-z0-9_]{0,62}(?:\\.[A-Za-z_][A-Za-z0-9_]{0,62})?$',
              patternErrorMessage: 'expected the name of a table, such as entries or shop.orders',
              examples: ['entries'],
            }),
          ),
        },
        {
          description: 'A request that lasts until it is let go on, for stops in the middle of one.',
          examples: [
            { of: 'write', by: 'body' },
            { of: 'write', by: 'lock', table: 'entries' },
          ],
        },
      ),
    ),
    fail: Type.Optional(request('Makes the app fail with a stack trace.', ['GET /debug/fail'])),
  },
  { description: 'What is sent to web processes.' },
);

const session = exact(
  {
    'sign-up': Type.Optional(
      visit('Sent before begin, whatever its answer: makes the account, where nobody has one.', [
        { request: 'POST /register', form: { name: 'dozen', password: '{token}' } },
      ]),
    ),
    begin: visit('Its answer sets the cookie.', [{ request: 'POST /login', form: { name: 'dozen' } }]),
    check: visit('With the cookie, its answer shows that the visitor is remembered.', [
      { request: 'GET /me', matches: 'dozen' },
    ]),
    keeps: Type.Optional(
      texts(
        'Texts of the answer to begin, by name, where the visitor is known by more than cookies: the first group of a regular expression of RE2. {name} stands for one in what is sent signed in.',
        [{ bearer: '"token":"([^"]+)"' }],
      ),
    ),
  },
  { description: 'A visitor whom the app remembers by a cookie.' },
);

const configChange = exact({
  variable: Type.String({ description: 'A variable that the app reads.', examples: ['TITLE'] }),
  value: Type.String({ description: 'A value that is not its usual one.', examples: ['Proof {token}'] }),
  ...requestMembers,
  ...signedIn,
  matches: Type.Optional(pattern('Matches the answer with the value, and does not without it.')),
  line: Type.Optional(
    pattern(
      'Matches a line that the asked process writes with the value, and none that it writes without it.',
    ),
  ),
});

const jobs = exact(
  {
    worker: Type.String({
      description: 'The process type that does the jobs.',
      pattern: '^[A-Za-z0-9_-]{1,63}$',
      patternErrorMessage: 'expected a process type of the Procfile, such as worker',
      examples: ['worker'],
    }),
    enqueue: requestOrName('Puts a job into the queue, with {token} in it.'),
    done: request('Matches when the job of the token is done.', [
      { request: 'GET /jobs.json', matches: '"name":"{token}","state":"done"' },
    ]),
    'done-line': Type.Optional(pattern('A line of the worker for each job it has done.')),
    'taken-line': Type.Optional(pattern('A line of the worker when it has taken a job.')),
    'slow-env': Type.Optional(
      texts('Variables that make a job last, for stops in the middle of one.', [{ JOB_DELAY_MS: '60000' }]),
    ),
  },
  { description: 'Work that another process type does.' },
);

const acceptance = exact({
  probe: Type.String({
    description: 'The id of a probe, as reports have it.',
    pattern: `^(?:${factors.join('|')})/[a-z0-9]+(?:-[a-z0-9]+)*$`,
    patternErrorMessage: 'expected the id of a probe, such as logs/writes-no-log-files',
    examples: ['logs/writes-no-log-files'],
  }),
  reason: Type.String({ description: 'Why, for those who read the report.', minLength: 1, maxLength: 500 }),
  until: Type.String({
    description: 'The last day on which it is accepted.',
    pattern: '^\\d{4}-\\d\\d-\\d\\d$',
    patternErrorMessage: 'expected a day, such as 2027-03-01',
    examples: ['2027-03-01'],
  }),
});

export const scenarioSchema = exact(
  {
    env: Type.Optional(
      texts('Values of variables for the check, over those of app.json. Not for secrets: it is committed.', [
        { MAIL_URL: 'smtp://localhost:2525' },
      ]),
    ),
    'env-file': Type.Optional(
      Type.String({
        description: 'A file of variables that are secret, beside this one and not committed. Never shown.',
        minLength: 1,
        maxLength: 500,
        examples: ['.env.check'],
      }),
    ),
    'start-within': Type.Optional(
      Type.String({
        description: 'How long a process may take to become ready, from 1s to 10m.',
        pattern: '^[1-9][0-9]{0,2}[sm]$',
        patternErrorMessage: 'expected seconds or minutes, such as 30s or 2m',
        default: '60s',
        examples: ['30s', '2m'],
      }),
    ),
    requests: Type.Optional(requests),
    session: Type.Optional(session),
    config: Type.Optional(
      Type.Array(configChange, {
        description: 'Variables whose value can be seen in an answer.',
        maxItems: 20,
      }),
    ),
    jobs: Type.Optional(jobs),
    admin: Type.Optional(
      Type.Array(
        Type.String({
          description: 'A command, run as a one-off process of the build that is checked.',
          minLength: 1,
          maxLength: 4000,
          examples: ['node migrate.js'],
        }),
        { description: 'Admin commands that may be run twice.', maxItems: 20 },
      ),
    ),
    accept: Type.Optional(
      Type.Array(acceptance, { description: 'Broken findings that are accepted for now.', maxItems: 200 }),
    ),
  },
  {
    title: 'dozen.check.yaml',
    description:
      'What an app does, for dozen check. Everything is optional: what is not said may be unproven.',
  },
);

/** Where it lies in a project that depends on Dozen. */
export const publishedSchemaPath = 'node_modules/dozen/docs/dozen.check.schema.json';

/** As it is published. */
export function publishedSchema(): string {
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', ...scenarioSchema };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function exact<P extends TProperties>(members: P, options: Readonly<Record<string, unknown>> = {}) {
  return Type.Object(members, { ...options, additionalProperties: false });
}

export type { TSchema };
