/** What each code of the edge means: its status, and the words for the visitor. */
import type { RouterCode } from './router.ts';

export interface CodeMeaning {
  readonly status: number;
  /** The reason phrase of the status. */
  readonly phrase: string;
  readonly title: string;
  readonly meaning: string;
  /** As Heroku's router writes it, where an operator asked for it and nothing went wrong. */
  readonly heroku?: { readonly code: string; readonly desc: string };
}

export const codeMeanings: Readonly<Record<RouterCode, CodeMeaning>> = {
  ROUTE_UNKNOWN: {
    status: 404,
    phrase: 'Not Found',
    title: 'No app here',
    meaning: 'No app on this server answers for this host',
  },
  APP_IN_MAINTENANCE: {
    status: 503,
    phrase: 'Service Unavailable',
    title: 'The app is in maintenance',
    meaning: 'The app is being worked on and will be back',
    heroku: { code: 'H80', desc: 'Maintenance mode' },
  },
  PROCESS_NONE: {
    status: 503,
    phrase: 'Service Unavailable',
    title: 'The app is not running',
    meaning: 'The app has no process that is ready for requests',
  },
  PROCESS_UNREACHABLE: {
    status: 502,
    phrase: 'Bad Gateway',
    title: 'The app cannot be reached',
    meaning: 'No process of the app took the connection',
  },
  PROCESS_BROKE_OFF: {
    status: 502,
    phrase: 'Bad Gateway',
    title: 'The app broke off',
    meaning: 'The process closed the connection before its response was complete',
  },
  PROCESS_GARBLED: {
    status: 502,
    phrase: 'Bad Gateway',
    title: 'The app gave no valid answer',
    meaning: 'The process did not answer in HTTP',
  },
  PROCESS_SLOW: {
    status: 504,
    phrase: 'Gateway Timeout',
    title: 'The app took too long',
    meaning: 'The process was silent for too long',
  },
  CLIENT_GONE: {
    status: 499,
    phrase: 'Client Closed Request',
    title: 'The client left',
    meaning: 'The client left before the response was complete',
  },
  REQUEST_MALFORMED: {
    status: 400,
    phrase: 'Bad Request',
    title: 'The request cannot be read',
    meaning: 'The request is not valid HTTP',
  },
  REQUEST_HEAD_TOO_LARGE: {
    status: 431,
    phrase: 'Request Header Fields Too Large',
    title: 'The request head is too large',
    meaning: 'The headers of the request are larger than this server takes',
  },
  REQUEST_SLOW: {
    status: 408,
    phrase: 'Request Timeout',
    title: 'The request took too long',
    meaning: 'The request did not arrive in time',
  },
};
