/** Apps that mean ill, and folders that are none: each check ends in time, says what happened, and leaves nothing. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { Report } from '../../src/prover/report/report.ts';
import { brokenIn, checkApp } from '../parts/checked-app.ts';
import { commitAll, folder, git, repository, write } from '../parts/git-repository.ts';

// So little that no machine is short of it.
process.env.DOZEN_CHECK_MEMORY_MB = '1792';
process.env.DOZEN_BUILD_DISK_MB = '64';

/** Stands for a name that is each app's own: nothing with it in its arguments may be left. */
const mark = 'MARK';
const server = `
const { createServer } = require('node:http');
createServer((request, response) => response.end('ok')).listen(Number(process.env.PORT));
`;

const node = (program: string, { within = '20s' } = {}) => ({
  'package.json': '{ "name": "ill", "private": true, "engines": { "node": ">=24" } }',
  Procfile: `web: node ${mark}.js\n`,
  [`${mark}.js`]: program,
  'dozen.check.yaml': `start-within: ${within}\n`,
});
const shell = (script: string, { within = '20s' } = {}) => ({
  Procfile: `web: sh ${mark}.sh\n`,
  [`${mark}.sh`]: script,
  'dozen.check.yaml': `start-within: ${within}\n`,
});
/** Tries each, prints how it ended as one line, and leaves. */
const trying = (attempts: string) =>
  node(`
const fs = require('node:fs');
const net = require('node:net');
const said = {};
const attempt = (name, work) => { try { said[name] = work() ?? 'done'; } catch (error) { said[name] = error.code; } };
const reach = (name, host, port) => new Promise((resolve) => {
  const socket = net.connect({ host, port, timeout: 1000 });
  const end = (how) => { said[name] = how; socket.destroy(); resolve(); };
  socket.on('connect', () => end('connected')).on('timeout', () => end('timeout')).on('error', (error) => end(error.code));
});
(async () => {
${attempts}
})().then(() => { console.log(JSON.stringify(said)); process.exitCode = 3; });
`);

async function checked(t: TestContext, files: Readonly<Record<string, string>>): Promise<Report> {
  const app = folder(t);
  const own = `ill-${randomBytes(6).toString('hex')}`;
  const named = Object.entries(files).map((file) => file.map((text) => text.replaceAll(mark, own)));
  git(app, 'init', '--quiet', '--initial-branch=trunk');
  write(app, Object.fromEntries(named));
  commitAll(app);
  const report = await checkApp(app, { factors: ['port-binding'], timeoutMs: 120_000 });
  assert.deepEqual(running(own), [], 'nothing of it runs');
  return report;
}

function running(own: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch (error) {
        if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
        throw error;
      }
    })
    .filter((command) => command.includes(own));
}

function finding(report: Report) {
  const first = report.rows
    .flatMap(({ findings }) => findings)
    .find(({ probe }) => probe === 'port-binding/listens-on-the-port-it-is-given');
  return first ?? assert.fail(`it has no finding: ${JSON.stringify(report.notes)}`);
}

/** What the app printed last, which its finding quotes. */
function said(report: Report): Record<string, string> {
  const { because } = finding(report);
  const [, text = ''] = /ended with code 3: (\{.*\})$/.exec(because) ?? [];
  assert.notEqual(text, '', because);
  return JSON.parse(text);
}

describe('a check of an app that means ill', { concurrency: 2, timeout: 300_000 }, () => {
  let neighbour: Server;
  let secrets: string;
  const secret = 'nobody else may read this';
  before(async () => {
    neighbour = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    secrets = mkdtempSync(path.join(homedir(), '.dozen-test-'));
    writeFileSync(path.join(secrets, 'key'), secret, { mode: 0o600 });
  });
  after(() => {
    neighbour.close();
    rmSync(secrets, { recursive: true });
    const remains = readdirSync('/var/tmp').filter((name) => name.startsWith(`dozen-check-${process.pid}-`));
    assert.deepEqual(remains, [], 'no folder of a check is left');
    assert.doesNotMatch(readFileSync('/proc/self/mountinfo', 'utf8'), /dozen-check-/);
  });

  test('that never starts says at which port it does not answer', async (t) => {
    const { outcome, because } = finding(
      await checked(t, node('setInterval(() => undefined, 1000);', { within: '2s' })),
    );
    assert.equal(outcome, 'broken');
    assert.match(because, /does not answer at the port it was given: it listens at no port$/);
  });

  test('that takes connections and answers none says so', async (t) => {
    const { because } = finding(
      await checked(
        t,
        node("require('node:net').createServer(() => undefined).listen(process.env.PORT);", { within: '2s' }),
      ),
    );
    assert.match(because, /it listens at its port and answers no request in time$/);
  });

  test('that forks for ever is ended with all it started', async (t) => {
    const { outcome } = finding(
      await checked(t, shell('bomb() { bomb | bomb & sleep 1; }\nbomb\nwait\nsleep 60\n', { within: '2s' })),
    );
    assert.equal(outcome, 'broken');
  });

  test('that fills every disk it can reach finds them small', async (t) => {
    const report = await checked(
      t,
      trying(`
const block = Buffer.alloc(4 * 1024 * 1024);
for (const place of ['/app', '/tmp', '/var/tmp', '/dev/shm', '/dev', '/run', '/'])
  attempt(place, () => {
    const file = fs.openSync(place + '/fill', 'w');
    for (let size = 0; size < 2e9; size += block.length) fs.writeSync(file, block);
  });
`),
    );
    const full = { '/app': 'ENOSPC', '/tmp': 'ENOSPC', '/var/tmp': 'ENOSPC', '/dev/shm': 'ENOSPC' };
    const seen = said(report);
    for (const [place, how] of Object.entries(full))
      assert.match(seen[place] ?? '', new RegExp(`${how}|EFBIG`), place);
    for (const place of ['/dev', '/run', '/']) assert.match(seen[place] ?? '', /EROFS|EACCES|ENOENT/, place);
  });

  test('whose build fills the disk has not built, and why is said', async (t) => {
    const manifest = {
      name: 'ill',
      private: true,
      engines: { node: '>=24' },
      scripts: { build: 'dd if=/dev/zero of=big bs=1M', start: 'node server.js' },
    };
    const report = await checked(t, { 'package.json': JSON.stringify(manifest), 'server.js': server });
    const { outcome, because } = finding(report);
    assert.equal(outcome, 'unproven');
    assert.equal(
      because,
      'The app does not build: "npm run build" ended, out of disk: over its quota of 64 MB of writable layer',
    );
  });

  test('that takes memory without end is refused it, or ended, and its finding says which', async (t) => {
    const { because } = finding(
      await checked(t, node('const all = []; for (;;) all.push(Buffer.alloc(64 * 1024 * 1024, 1));')),
    );
    assert.match(
      because,
      /: it ended with (code \d+: .*allocat|SIG[A-Z]+: |SIGKILL, since all processes of the app together )/,
    );
  });

  test('whose many processes take memory, each of them little, is ended with all of them', async (t) => {
    const report = await checked(
      t,
      node(`
const most = 256 * 1024 * 1024;
const taking = 'const all = []; let size = 0; const take = () => { all.push(Buffer.alloc(8e6, 1)); size += 8e6; if (size < ' + most + ') setImmediate(take); }; take(); setInterval(take, 1e6);';
for (let count = 0; count < 9; count += 1)
  require('node:child_process').spawn(process.execPath, ['-e', taking, '${mark}'], { detached: true });
`),
    );
    const why = 'since all processes of the app together took more than 1.8 GB of memory';
    const { outcome, because } = finding(report);
    assert.equal(outcome, 'broken');
    assert.ok(because.endsWith(`: it ended with SIGKILL, ${why}: it printed nothing`), because);
    assert.deepEqual(report.notes, [`What took the most memory was ended, ${why}`]);
  });

  test('that asks for more memory than one process may have is refused it, and is the first to go', async (t) => {
    const report = await checked(
      t,
      trying(`
said.alloc = (() => { try { Buffer.alloc(3 * 1024 ** 3); } catch (error) { return error.message; } })();
said.score = fs.readFileSync('/proc/self/oom_score_adj', 'utf8').trim();
`),
    );
    assert.deepEqual(said(report), { alloc: 'Array buffer allocation failed', score: '1000' });
  });

  test('that prints a gigabyte, and lines without end, and then serves has done no wrong', async (t) => {
    const { outcome, because } = finding(
      await checked(t, {
        ...node(server, { within: '100s' }),
        Procfile: `web: dd if=/dev/zero bs=1M count=1000; yes '' | head -c 20000000; exec node ${mark}.js\n`,
      }),
    );
    assert.equal(outcome, 'holds', because);
  });

  test('that ignores every signal is ended all the same', async (t) => {
    const { outcome } = finding(
      await checked(
        t,
        node(`
for (const name of Object.keys(require('node:os').constants.signals))
  if (!['SIGKILL', 'SIGSTOP', 'SIGPROF'].includes(name)) process.on(name, () => undefined);
require('node:child_process').spawn('sh', ['-c', 'trap "" TERM INT HUP; sleep 600', '${mark}'], { detached: true, stdio: 'ignore' });
${server}`),
      ),
    );
    assert.equal(outcome, 'holds');
  });

  test('that reads what is not its own sees no home and no secret', async (t) => {
    const report = await checked(
      t,
      trying(`
for (const file of [${JSON.stringify(path.join(secrets, 'key'))}, '/etc/shadow', '/root/.bashrc'])
  attempt(file, () => { fs.readFileSync(file); });
for (const place of [${JSON.stringify(homedir())}, '/home', '/var/cache'])
  attempt(place, () => { fs.readdirSync(place); });
attempt('wall', () => fs.readFileSync('/proc/1/environ', 'utf8'));
said.processes = String(fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length < 10);
`),
    );
    const { processes, wall, ...others } = said(report);
    for (const [file, how] of Object.entries(others)) assert.match(how, /ENOENT|EACCES/, file);
    assert.match(wall ?? '', /^(PATH=[^\0]*\0|EACCES)$/);
    assert.equal(processes, 'true');
  });

  test('that reaches for the network reaches nobody', async (t) => {
    const address = neighbour.address();
    assert.ok(address !== null && typeof address === 'object');
    const report = await checked(
      t,
      trying(`
await reach('far', '1.1.1.1', 443);
await reach('near', '127.0.0.1', ${address.port});
`),
    );
    assert.deepEqual(said(report), { far: 'ENETUNREACH', near: 'ECONNREFUSED' });
  });

  test('that writes where it may not changes nothing, not for its own second process either', async (t) => {
    const runtime = '/opt/node/lib/ill';
    const report = await checked(
      t,
      trying(`
for (const file of ['/usr/ill', '/usr/lib/ill', '/etc/ill', '/opt/ill', '${runtime}', '/run/trace/calls'])
  attempt(file, () => { fs.writeFileSync(file, ''); });
attempt('passwd', () => { fs.appendFileSync('/etc/passwd', 'x'); });
attempt('program', () => { fs.chmodSync('/opt/node/bin/node', 0o777); });
attempt('own', () => { fs.writeFileSync('/app/ill', '', { flag: 'wx' }); });
`),
    );
    const { own, ...others } = said(report);
    for (const [file, how] of Object.entries(others)) assert.match(how, /EROFS|EACCES|EPERM|ENOENT/, file);
    assert.equal(own, 'done');
    const { evidence } = finding(report);
    assert.equal(evidence.length, 2);
    for (const file of ['/usr/ill', '/usr/lib/ill', '/etc/ill', '/opt/ill'])
      assert.equal(existsSync(file), false);
  });

  test('whose build fails in colour is quoted in words alone', async (t) => {
    const app = repository(t, {
      ...node(server),
      'package.json':
        '{ "name": "ill", "private": true, "engines": { "node": ">=24" }, "scripts": { "build": "node build.js" } }',
      'build.js': String.raw`console.error('\x1b[91merror\x1b[0m\x1b[90m TS2580: \x1b[0mNo such name'); process.exit(2);`,
    });
    const report = await checkApp(app, { factors: ['codebase'], timeoutMs: 120_000 });
    const [built] = report.rows
      .flatMap(({ findings }) => findings)
      .filter(({ outcome }) => outcome === 'broken');
    assert.equal(
      built?.because,
      'Cannot build: "npm run build" ended, exit code 2: error TS2580: No such name',
    );
    assert.doesNotMatch(JSON.stringify(report), /x1b|u001b/);
  });

  test('whose folder is in no repository is checked as it lies there', async (t) => {
    const app = folder(t);
    write(app, node(server));
    const report = await checkApp(app, { factors: ['port-binding'], timeoutMs: 120_000 });
    assert.equal(report.commit, null);
    assert.equal(finding(report).outcome, 'holds');
  });

  test('whose repository has no commit is checked as it lies there, and that is a finding', async (t) => {
    const app = folder(t);
    git(app, 'init', '--quiet');
    write(app, node(server));
    const report = await checkApp(app, { factors: ['codebase', 'port-binding'], timeoutMs: 120_000 });
    assert.equal(report.commit, null);
    assert.deepEqual(brokenIn(report), ['codebase/is-tracked-in-git']);
    assert.equal(finding(report).outcome, 'holds');
  });

  test('with a link out of its folder is read without it, not built, and told of it', async (t) => {
    const app = repository(t, node(server));
    const target = path.join(secrets, 'key');
    for (const name of ['link', 'app.json']) symlinkSync(target, path.join(app, name));
    commitAll(app);
    const report = await checkApp(app, { factors: ['codebase', 'port-binding'], timeoutMs: 120_000 });
    const outside = 'codebase/needs-nothing-outside-its-folder';
    assert.deepEqual(brokenIn(report), ['codebase/builds-from-a-clean-clone', outside]);
    const told = report.rows.flatMap(({ findings }) => findings).find(({ probe }) => probe === outside);
    assert.equal(told?.because, `2 references lead out of the folder: link ${target}, link ${target}`);
    assert.equal(
      finding(report).because,
      `The app does not build: Cannot read the source: the symbolic link "app.json" leads out of the app's folder, to "${target}"`,
    );
    assert.doesNotMatch(JSON.stringify(report), new RegExp(secret));
  });

  for (const [how, spoil, code] of [
    ['is no YAML', (file: string) => writeFileSync(file, 'requests: [}\n'), 'SCENARIO_INVALID'],
    ['is a device', (file: string) => symlinkSync('/dev/zero', file), 'SCENARIO_MISSING'],
    ['is a folder', (file: string) => write(file, { x: '' }), 'SCENARIO_MISSING'],
  ] as const)
    test(`whose scenario ${how} is judged by its source alone`, async (t) => {
      const app = repository(t, node(server));
      rmSync(path.join(app, 'dozen.check.yaml'));
      spoil(path.join(app, 'dozen.check.yaml'));
      commitAll(app);
      const report = await checkApp(app, { factors: ['codebase', 'port-binding'] });
      assert.equal(report.failure?.code, code);
      assert.match(report.failure.message, /^Cannot read the scenario "?dozen\.check\.yaml"?:/);
      const [codebase, ports] = report.rows;
      assert.ok(codebase?.findings.some(({ outcome }) => outcome === 'holds'));
      for (const { outcome, because } of ports?.findings ?? assert.fail()) {
        assert.equal(outcome, 'unproven');
        assert.ok(because.includes(report.failure.message), because);
      }
    });

  test('whose scenario is longer than a text can be is not run', async (t) => {
    const scenarioFile = path.join(folder(t), 'scenario.yaml');
    writeFileSync(scenarioFile, '');
    truncateSync(scenarioFile, 600 * 1024 * 1024);
    await assert.rejects(checkApp(repository(t, node(server)), { scenarioFile }), {
      code: 'SCENARIO_INVALID',
      message: `Cannot read the scenario ${scenarioFile}: 629145600 bytes are over the limit of 65536`,
    });
  });

  test('whose time is over gives its report, with what it did not come to', async (t) => {
    const app = folder(t);
    write(app, node('setInterval(() => undefined, 1000);', { within: '60s' }));
    const report = await checkApp(app, { factors: ['port-binding'], timeoutMs: 6_000 });
    const { outcome, because } = finding(report);
    assert.equal(outcome, 'unproven');
    assert.match(because, /stopped after \d+ s/);
  });
});
