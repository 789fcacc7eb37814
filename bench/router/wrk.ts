/** One run of wrk, and what it measured. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { type Contender, cpuMs, loadCore } from './contenders.ts';

export interface Scenario {
  readonly name: string;
  readonly path: string;
  readonly connections: number;
  /** A Lua script for wrk; null: plain GET. */
  readonly script: string | null;
  /** Of one request or response, for the cost per MiB; 0: count requests. */
  readonly mebibytes: number;
}

export interface Measurement {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Per request, or per MiB in a bulk scenario. */
  readonly cpuUs: number;
  readonly errors: number;
}

export async function measure(
  contender: Contender,
  scenario: Scenario,
  seconds: number,
): Promise<Measurement> {
  const before = cpuMs(contender);
  const output = await runWrk(contender.port, scenario, seconds);
  const spentMs = cpuMs(contender) - before;
  const requests = numberIn(output, /(\d+) requests in/);
  const units = requests * (scenario.mebibytes || 1);
  return {
    requestsPerSecond: numberIn(output, /Requests\/sec:\s+([\d.]+)/),
    p50Ms: millisecondsIn(output, /50%\s+([\d.]+)(us|ms|s)/),
    p99Ms: millisecondsIn(output, /99%\s+([\d.]+)(us|ms|s)/),
    cpuUs: (spentMs * 1000) / units,
    errors: errorsIn(output),
  };
}

async function runWrk(port: number, scenario: Scenario, seconds: number): Promise<string> {
  const { path, connections, script } = scenario;
  const scriptArgs = script === null ? [] : ['-s', script];
  const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', ...scriptArgs];
  const url = `http://127.0.0.1:${port}${path}`;
  const child = spawn('taskset', ['-c', loadCore, 'wrk', ...options, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return output;
}

function numberIn(output: string, pattern: RegExp): number {
  const found = pattern.exec(output)?.[1];
  if (found === undefined) throw new Error(`wrk printed no ${pattern}:\n${output}`);
  return Number(found);
}

const unitsMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };

function millisecondsIn(output: string, pattern: RegExp): number {
  const [, value, unit = ''] = pattern.exec(output) ?? [];
  return Number(value) * (unitsMs[unit] ?? Number.NaN);
}

function errorsIn(output: string): number {
  const sockets = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output);
  const statuses = /Non-2xx or 3xx responses: (\d+)/.exec(output);
  return [...(sockets?.slice(1) ?? []), statuses?.[1] ?? '0'].reduce((sum, text) => sum + Number(text), 0);
}
