/**
 * What an app does, said by those who know: `dozen.check.yaml`. Everything in it is optional; what is not said is `unproven`
 * where it would have been needed.
 *
 * In requests and patterns `{token}` stands for a text that is new in every run. Patterns are regular expressions of RE2.
 */
export interface Scenario {
  /** Values of variables for the check, over those that `app.json` declares. */
  readonly env: Readonly<Record<string, string>>;
  /** A file of variables that are secret: given to the app, never shown. Relative to the app's folder. */
  readonly envFile: string | null;
  readonly requests: ScenarioRequests;
  readonly session: SessionScenario | null;
  readonly config: readonly ConfigChange[];
  readonly jobs: JobScenario | null;
  readonly admin: readonly string[];
  /** Milliseconds to wait for a process to become ready. */
  readonly startMs: number;
  readonly accept: readonly AcceptedFinding[];
}

export interface ScenarioRequests {
  /** Answers fast and changes nothing. */
  readonly cheap: HttpRequest | null;
  readonly slow: SlowRequest | null;
  /** Writes something that has the token in it. */
  readonly write: HttpRequest | null;
  /** Said: no request of the app writes anything. */
  readonly writesNothing: boolean;
  /** Its answer has the token in it once `write` was answered. */
  readonly read: HttpRequest | null;
  /** Makes the app fail with a stack trace, e.g. a debug route; null: none is known. */
  readonly fail: HttpRequest | null;
}

export interface HttpRequest {
  readonly method: string;
  /** With a slash before and a query behind. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null: no body. */
  readonly body: string | null;
  /** How a value is written that is put into the body. */
  readonly encoding: 'form' | 'json' | 'none';
  /** What is read from pages of the app right before it is sent. */
  readonly takes: readonly Taking[];
  /** What the status must be; null: any below 400. */
  readonly status: number | null;
  /** What the body must match; null: anything. */
  readonly matches: string | null;
  /** Whether it is sent with the cookies of a visitor for whom the session has begun. */
  readonly signedIn: boolean;
}

/** A text of an answer, such as the token of a form, that stands for its name in braces. */
export interface Taking {
  readonly name: string;
  /** Of a GET. */
  readonly path: string;
  /** Its first group, in the body of the answer. */
  readonly pattern: string;
}

/**
 * How a request is made to last: it lasts by itself, its body is sent in two halves, or a table that it needs is locked in
 * the database.
 */
export type SlowRequest =
  | { readonly by: 'itself'; readonly request: HttpRequest }
  | { readonly by: 'body'; readonly request: HttpRequest }
  | { readonly by: 'lock'; readonly request: HttpRequest; readonly table: string };

/** A visitor whom the app remembers by a cookie, or by what stands in the answer that begins the session. */
export interface SessionScenario {
  /** Sent before it, whatever the answer: makes the account; null: it is there. */
  readonly signUp: HttpRequest | null;
  /** Its answer sets the cookie. */
  readonly begin: HttpRequest;
  /** With the cookie, its answer shows that the visitor is remembered. */
  readonly check: HttpRequest;
  /** What the visitor keeps of that answer's body, beside cookies: the first group of a pattern, by name. */
  readonly keeps: Readonly<Record<string, string>>;
}

/** A variable whose value can be seen in an answer, or in what is logged. */
export interface ConfigChange {
  readonly variable: string;
  readonly value: string;
  /** Where there is no `line`, `matches` holds with the value and does not without it. */
  readonly request: HttpRequest;
  /** A line of the asked process is like this with the value, and none without it; null: the answer tells. */
  readonly line: string | null;
}

export interface JobScenario {
  /** The process type that does it. */
  readonly worker: string;
  readonly enqueue: HttpRequest;
  /** Matches when the job of the token is done. */
  readonly done: HttpRequest;
  /** A line of the worker's output for each job it has done; null: not told. */
  readonly doneLine: string | null;
  /** A line of the worker's output when it has taken a job; null: not told. */
  readonly takenLine: string | null;
  /** Variables that make a job last, so that a worker can be stopped in the middle of one. */
  readonly slowEnv: Readonly<Record<string, string>>;
}

export interface AcceptedFinding {
  readonly probe: string;
  readonly reason: string;
  /** The last day, as `YYYY-MM-DD`. */
  readonly until: string;
}

export const emptyScenario: Scenario = {
  env: {},
  envFile: null,
  requests: { cheap: null, slow: null, write: null, writesNothing: false, read: null, fail: null },
  session: null,
  config: [],
  jobs: null,
  admin: [],
  startMs: 60_000,
  accept: [],
};

/** Where it stands in an app's folder. */
export const scenarioName = 'dozen.check.yaml';
