import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildsWithDeclaredTools,
  type Declaration,
  runsOnlyDeclaredPrograms,
  type StartedProgram,
} from './probe-run.ts';

const failed = (...lastLines: readonly string[]) =>
  buildsWithDeclaredTools.judge({
    built: false,
    message: 'Cannot build: "npm run build" ended, exit code 127',
    lastLines,
    atMs: 800,
  });

test('a build that ended well found what it called', () => {
  assert.equal(buildsWithDeclaredTools.judge({ built: true, builder: 'node' }).outcome, 'holds');
});

test('a command that was not found is named, whoever says it', () => {
  for (const [line, tool] of [
    ['sh: 1: protoc: not found', 'protoc'],
    ['/bin/sh: 1: exec: protoc: not found', 'protoc'],
    ['sh: protoc: not found', 'protoc'],
    ['sh: line 1: protoc: command not found', 'protoc'],
    ['bash: line 1: clang++: command not found', 'clang++'],
    ['./build.sh: line 3: protoc: command not found', 'protoc'],
    ['./build.sh: 3: protoc: not found', 'protoc'],
    ['zsh:1: command not found: protoc', 'protoc'],
    ['Error: spawn protoc ENOENT', 'protoc'],
    ['Error: spawnSync python3.13 ENOENT', 'python3.13'],
    ['/usr/bin/env: ‘ruby’: No such file or directory', 'ruby'],
    ["env: 'ruby': No such file or directory", 'ruby'],
    ['make: cc: No such file or directory', 'cc'],
    ['make[2]: g++: No such file or directory', 'g++'],
    ['npm error gyp ERR! stack Error: not found: make', 'make'],
    ['\u001b[31msh: 1: protoc: not found\u001b[0m', 'protoc'],
  ] as const) {
    const judged = failed('> build', line, 'npm error code 127');
    assert.equal(judged.outcome, 'broken', line);
    assert.equal(judged.because, `The build calls ${tool}, which nothing declares`, line);
  }
});

test('the line that names it is the evidence, once for each tool', () => {
  const line = 'sh: 1: protoc: not found';
  assert.deepEqual(failed(line, line, 'sh: 1: gcc: not found').evidence, [
    { kind: 'event', process: 'build', atMs: 800, what: 'found no protoc', bytes: line },
    { kind: 'event', process: 'build', atMs: 800, what: 'found no gcc', bytes: 'sh: 1: gcc: not found' },
  ]);
});

test('a build that failed for another reason proves nothing of tools', () => {
  for (const line of [
    'src/main.ts(3,1): error TS2304: Cannot find name "foo"',
    'sh: 1: ./make.sh: not found',
    "Error: ENOENT: no such file or directory, open 'schema.json'",
    'Error: spawn ./tools/protoc ENOENT',
    'Module not found: protoc',
    'error: schema: not found',
  ])
    assert.equal(failed(line).outcome, 'unproven', line);
});

const started = (program: string, ...args: readonly string[]): StartedProgram => ({
  process: 'web.1',
  program,
  argv: [program.slice(program.lastIndexOf('/') + 1), ...args],
  atMs: 40,
});

const judge = (programs: readonly StartedProgram[], declared: readonly Declaration[] = []) =>
  runsOnlyDeclaredPrograms.judge({ started: programs, declared });

test('programs of the app, its runtimes and every system are no dependencies', () => {
  const judged = judge([
    started('/opt/node/bin/npm', 'start'),
    started('/usr/bin/env', 'node', '/opt/node/bin/npm'),
    started('/opt/node/bin/node', 'server.js'),
    started('/bin/sh', '-c', 'node server.js'),
    started('/app/node_modules/.bin/tool'),
    started('./bin/start'),
    started('/proc/self/exe'),
    started('/usr/bin/getconf', 'GNU_LIBC_VERSION'),
  ]);
  assert.equal(judged.outcome, 'holds');
  assert.match(judged.because, /^8 programs were started/);
});

test('a program of the machine is shown once for each process, as it was started', () => {
  const git = started('/usr/bin/git', 'rev-parse', 'HEAD');
  const judged = judge([git, git, { ...git, process: 'worker.1' }]);
  assert.equal(judged.outcome, 'broken');
  assert.equal(judged.because, 'It starts /usr/bin/git, which nothing declares');
  assert.deepEqual(judged.evidence, [
    { kind: 'event', process: 'web.1', atMs: 40, what: 'started /usr/bin/git', bytes: 'git rev-parse HEAD' },
    {
      kind: 'event',
      process: 'worker.1',
      atMs: 40,
      what: 'started /usr/bin/git',
      bytes: 'git rev-parse HEAD',
    },
  ]);
});

test('a file that declares a program, its family or its package makes it one of the app', () => {
  for (const [program, name, outcome] of [
    ['/usr/bin/python3', undefined, 'broken'],
    ['/usr/bin/python3', 'python', 'holds'],
    ['/usr/bin/python3.13', 'python', 'holds'],
    ['/usr/bin/python3', 'ruby', 'broken'],
    ['/usr/bin/convert', 'imagemagick', 'holds'],
    ['/usr/bin/ffprobe', 'ffmpeg', 'holds'],
    ['/usr/bin/git', 'git', 'holds'],
    ['/usr/bin/git', 'digit', 'broken'],
    ['/usr/bin/bash', undefined, 'broken'],
  ] as const) {
    const declared = name === undefined ? [] : [{ file: 'Aptfile', names: [name] }];
    assert.equal(judge([started(program)], declared).outcome, outcome, `${program} by ${name}`);
  }
});
