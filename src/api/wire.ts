/** What travels between the command line and `control`. */
export interface DeployRequest {
  readonly app: string;
  /** Absolute path on the machine of the platform. */
  readonly folder: string;
  readonly from: 'commit' | 'worktree';
  readonly actor: string;
  /** Text of an env file whose variables are set first; absent: none. */
  readonly env?: string;
}

export interface LogRequest {
  readonly app: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly follow: boolean;
}
