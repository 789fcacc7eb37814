import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { probes } from '../../src/factors/probes.ts';
import { type Format, render } from '../../src/prover/report/render.ts';
import { report } from '../fixtures/report/report.ts';
import { runOnTerminal, type TerminalRun } from '../parts/terminal-run.ts';

const program = path.join(import.meta.dirname, '../fixtures/report/check-program.ts');

const shownAs = (format: Format): string =>
  render(report, {
    format,
    definitions: probes,
    width: 100,
    colour: false,
    evidence: false,
    place: { prefix: '', anchor: null },
  });

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('dozen check', { timeout: 120_000 }, () => {
  let folder: string;
  let request: string;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'dozen-check-'));
    request = path.join(folder, 'request.json');
  });
  after(() => rmSync(folder, { recursive: true }));

  const environment = (wanted: string) => ({ DOZEN_TEST_CHECK: wanted, DOZEN_TEST_REQUEST: request });
  const start = (wanted: string, ...args: readonly string[]): ChildProcess =>
    spawn(process.execPath, [program, 'check', ...args], {
      cwd: folder,
      env: { ...process.env, ...environment(wanted) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const run = async (wanted: string, ...args: readonly string[]): Promise<Ran> => {
    const child = start(wanted, ...args);
    const { stdout, stderr } = child;
    assert.ok(stdout !== null && stderr !== null);
    const [out, err, [code]] = await Promise.all([text(stdout), text(stderr), once(child, 'exit')]);
    return { code, stdout: out, stderr: err };
  };
  const onTerminal = (wanted: string, ...args: readonly string[]): TerminalRun =>
    runOnTerminal([process.execPath, program, 'check', folder, ...args], {
      env: { ...environment(wanted), TERM: 'xterm-256color', NO_COLOR: '1' },
      columns: 100,
      rows: 60,
    });
  const asked = () => JSON.parse(readFileSync(request, 'utf8'));

  test('the exit code tells holds, broken, unproven and what could not be checked apart', async () => {
    const codes = [
      ['holds'],
      ['broken'],
      ['unproven'],
      ['unproven', '--fail-on', 'unproven'],
      ['broken', '--fail-on', 'unproven'],
      ['fails'],
      ['breaks'],
    ] as const;
    const found: unknown[] = [];
    for (const [wanted, ...args] of codes) found.push((await run(wanted, '--yes', ...args)).code);
    assert.deepEqual(found, [0, 2, 0, 3, 2, 1, 70]);
  });

  test('a report of an app that could not be run says so at its end too, and its code is not that of a finding', async () => {
    const { code, stdout, stderr } = await run('unreadable', '--yes', '--format', 'sarif');
    assert.equal(code, 1);
    assert.equal(JSON.parse(stdout).runs[0].invocations[0].executionSuccessful, false);
    assert.match(stderr, /\nCannot read it: line 2 \(SCENARIO_INVALID\)\n {2}Next: Correct line 2\n$/);
  });

  test('what will be run is said first, and what is done goes to standard error', async () => {
    const { stdout, stderr } = await run('broken', '--yes');
    assert.equal(stdout, shownAs('terminal'));
    assert.equal(
      stderr,
      `· reads the commit
This will be run of shop (1a2b3c4d5e6f):
  npm ci
  web: node \\x1b[2Jserver.js
? unproven        logs: one request, and what is printed  0.01 s
`,
    );
  });

  test('without a terminal and without --yes nothing is run', async () => {
    const { code, stdout, stderr } = await run('broken');
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /Cannot check ".+": its code is run, and here is no terminal to ask on \(CHECK_NOT_CONFIRMED\)\n {2}Next: dozen check --yes, /,
    );
  });

  test('nothing is asked where only the source is read', async () => {
    assert.equal((await run('holds', '--static')).code, 0);
    assert.equal(asked().static, true);
  });

  test('what was asked reaches the prover', async () => {
    await run(
      'holds',
      'shop',
      '--yes',
      '--factor',
      'logs',
      '--factor',
      'config',
      '--timeout',
      '90',
      '--scenario',
      's.yaml',
    );
    assert.deepEqual(asked(), {
      folder: path.join(folder, 'shop'),
      factors: ['config', 'logs'],
      static: false,
      scenarioFile: path.join(folder, 's.yaml'),
      timeoutMs: 90_000,
    });
    await run('holds', '--yes', '--factor', 'logs, config', '--factor', 'codebase');
    assert.deepEqual(asked().factors, ['codebase', 'config', 'logs']);
    await run('holds', '--yes');
    assert.deepEqual(asked(), {
      folder,
      factors: null,
      static: false,
      scenarioFile: null,
      timeoutMs: 600_000,
    });
  });

  test('what is no option is refused, with what is known', async () => {
    const refused = [
      [['--format', 'html'], '--format "html" is none of terminal, json, markdown, junit, sarif'],
      [['--fail-on', 'holds'], '--fail-on "holds" is none of broken, unproven'],
      [['--factor', 'log'], '--factor "log" is none of codebase, dependencies, '],
      [['--factor', 'config,log'], '--factor "log" is none of codebase, dependencies, '],
      [['--factor', 'config,'], '--factor "" is none of codebase, dependencies, '],
      [['--timeout', '1e3'], '--timeout "1e3" is no number of seconds'],
      [['--timeout', '0'], '--timeout "0" is no number of seconds'],
      [['--json', '--format', 'sarif'], '--json and --format sarif are two formats'],
    ] as const;
    for (const [args, why] of refused) {
      const { code, stderr } = await run('holds', '--yes', ...args);
      assert.equal(code, 1);
      assert.ok(stderr.includes(why), `${args.join(' ')}: ${stderr}`);
    }
  });

  test('--json is the report alone on standard output', async () => {
    for (const args of [['--json'], ['--format', 'json']])
      assert.deepEqual(JSON.parse((await run('broken', '--yes', ...args)).stdout), report);
  });

  test('--out has the whole report or what was there before, and a line tells of it', async () => {
    const out = path.join(folder, 'out', 'report.xml');
    const missing = await run('broken', '--yes', '--out', out);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /^Cannot write ".+": ENOENT \(FILE_UNWRITABLE\)/);

    const file = path.join(folder, 'report.xml');
    symlinkSync(file, path.join(folder, 'link.xml'));
    writeFileSync(file, 'old');
    const { code, stdout, stderr } = await run('broken', '--yes', '--format', 'junit', '--out', 'link.xml');
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.equal(readFileSync(file, 'utf8'), shownAs('junit'));
    assert.match(
      stderr,
      /\n\/.+\/link\.xml: broken \(2 broken, 3 unproven, 3 hold, 1 accepted, 1 not applicable\)\n$/,
    );
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.part')),
      [],
    );
  });

  test('what is no file is not replaced by a report', async () => {
    const pipe = path.join(folder, 'pipe');
    assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
    const { code, stderr } = await run('broken', '--yes', '--out', pipe);
    assert.equal(code, 1);
    assert.match(stderr, /^Cannot write ".+\/pipe": it is no file/);
    assert.ok(lstatSync(pipe).isFIFO());
  });

  test('a signal stops the check, waits for it and ends as a shell expects', async () => {
    for (const [name, expected] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      const child = start('waits', '--yes');
      const { stderr } = child;
      assert.ok(stderr !== null);
      let said = '';
      stderr.on('data', (chunk: Buffer) => {
        if (!said.includes('npm ci') && (said + chunk).includes('npm ci')) child.kill(name);
        said += chunk;
      });
      const [code] = await once(child, 'close');
      assert.equal(code, expected, said);
      assert.match(said, /\nStopped: nothing of the check is left running\n$/);
      assert.equal(asked().cleaned, true);
    }
  });

  test('where something is left after a signal nobody says that nothing is', async () => {
    const child = start('fails to stop', '--yes');
    const { stderr } = child;
    assert.ok(stderr !== null);
    let said = '';
    stderr.on('data', (chunk: Buffer) => {
      if (!said.includes('npm ci') && (said + chunk).includes('npm ci')) child.kill('SIGINT');
      said += chunk;
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 70);
    assert.match(said, /Cannot stop: something is left \(LEFT_OVER\)/);
    assert.doesNotMatch(said, /Stopped/);
  });

  test('on a terminal it asks, and runs nothing on any answer but yes', async (t) => {
    for (const [typed, code] of [
      ['y\r', 2],
      ['\r', 1],
      ['no\r', 1],
    ] as const) {
      const terminal = onTerminal('broken');
      t.after(() => terminal.end());
      await terminal.until(/web: node \\x1b\[2Jserver\.js\r\n.*Run it\? \[y\/N\] /s);
      terminal.type(typed);
      assert.equal((await terminal.ended).code, code, JSON.stringify(typed));
    }
  });

  test('Ctrl-C at the question and in the middle of a check end it', async (t) => {
    const questioned = onTerminal('waits');
    t.after(() => questioned.end());
    await questioned.until('Run it? [y/N] ');
    questioned.type('\u0003');
    assert.equal((await questioned.ended).code, 130);

    const running = onTerminal('waits', '--yes');
    t.after(() => running.end());
    await running.until(/logs: one request, and what is printed {2}\d+ s/);
    running.type('\u0003');
    assert.equal((await running.ended).code, 130);
    assert.equal(asked().cleaned, true);
  });

  test('a terminal sees a live line, which gives way to what stays', async (t) => {
    const terminal = onTerminal('broken', '--yes');
    t.after(() => terminal.end());
    const shown = await terminal.until('dozen check --explain');
    assert.match(
      shown,
      /\r\u001b\[K· proving logs: one request, and what is printed {2}0 s\r\u001b\[K\? unproven {8}logs: one request, and what is printed {2}0\.01 s\r\n/,
    );
  });

  test('--init writes a draft once', async () => {
    const file = path.join(folder, 'dozen.check.yaml');
    const { code, stdout } = await run('holds', '--init');
    assert.equal(code, 0);
    assert.equal(stdout, `${file}\n`);
    assert.equal(readFileSync(file, 'utf8'), `# of ${folder}\n`);
    const again = await run('holds', '--init');
    assert.equal(again.code, 1);
    assert.match(again.stderr, /it is there already \(SCENARIO_EXISTS\)/);
    assert.ok(existsSync(file));
  });

  test('a probe is explained by its id, or by the statement in it alone', async () => {
    const [whole, part] = [
      await run('holds', '--explain', 'logs/writes-at-once'),
      await run('holds', '--explain', 'writes-at-once'),
    ];
    assert.equal(whole.code, 0);
    assert.ok(whole.stdout.includes('logs/writes-at-once'));
    assert.equal(part.stdout, whole.stdout);
  });

  test('a probe that is none is not explained', async () => {
    const { code, stderr } = await run('holds', '--explain', 'logs/never');
    assert.equal(code, 1);
    assert.match(stderr, /Cannot explain "logs\/never": there is no such probe \(PROBE_UNKNOWN\)/);
    assert.match(
      stderr,
      /^ {2}Next: dozen check --explain logs\/\S+\n {8}dozen check --explain logs\/\S+\n/m,
    );
  });
});
