/** One line of an app's log. */
export interface LogLine {
  /** When Dozen read it: milliseconds since the epoch. */
  readonly at: number;
  /** 1, 2, 3 … per `instance`, without gaps unless a `dropped` line says so. */
  readonly sequence: number;
  /** Who spoke: `app` for the app's own processes, `dozen` for the platform. */
  readonly source: 'app' | 'dozen';
  /** E.g. `web.1`, `release.3`, `router`, `control`. */
  readonly process: string;
  /** Unique for one start of that process. */
  readonly instance: string;
  /** Bytes as written, without the newline, decoded as UTF-8 with U+FFFD for what is not. */
  readonly text: string;
}
