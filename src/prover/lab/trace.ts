/** System calls that strace saw, as events of one kind each. */
export type TraceEvent =
  | {
      readonly kind: 'exec';
      readonly atMs: number;
      readonly pid: number;
      readonly program: string;
      readonly argv: readonly string[];
    }
  | {
      readonly kind: 'open';
      readonly atMs: number;
      readonly pid: number;
      readonly path: string;
      readonly writes: boolean;
      readonly ok: boolean;
    }
  | { readonly kind: 'unlink'; readonly atMs: number; readonly pid: number; readonly path: string }
  | {
      readonly kind: 'connect';
      readonly atMs: number;
      readonly pid: number;
      readonly address: string;
      readonly port: number;
    }
  | { readonly kind: 'listen'; readonly atMs: number; readonly pid: number }
  | {
      readonly kind: 'bind';
      readonly atMs: number;
      readonly pid: number;
      readonly address: string;
      readonly port: number;
    }
  | { readonly kind: 'session'; readonly atMs: number; readonly pid: number };

export type Trace = readonly TraceEvent[];
