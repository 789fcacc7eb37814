/** What an instance prints, line by line, with the time at which each was read. */
export interface OutputLine {
  readonly atMs: number;
  readonly text: string;
}
