/** Each wall of the sandbox, tried from inside as a hostile app would. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { type Bench, isRoot, makeBench, specOf } from '../../../test/parts/local-host.ts';
import { inheritedDescriptors } from '../../daemon/descriptors.ts';
import type { Exit } from '../../factors/06-processes/process.ts';
import { defaultStopPolicy } from '../../factors/09-disposability/stop-policy.ts';
import type { DesiredType, Engine, Owner, ProcessSpec } from '../engine.ts';

/** Values that would do harm if a shell, a loader or a privileged program read them. */
const nasty = {
  QUOTES: `it's "quoted" \`id\` $(id) \\ end`,
  LINES: 'one\ntwo\n\nfour',
  UNICODE: 'grüße 🎲',
  EMPTY: '',
  n: 'lower',
  LD_PRELOAD: '/app/evil.so',
  BASH_ENV: '/app/evil.sh',
  ENV: '/app/evil.sh',
  LIBMOUNT_DEBUG: '0xffff',
  UID2: '$((1+1))',
};

/** Without the loader's complaints about LD_PRELOAD, which come only once the app's own shell has set it. */
function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('ERROR: ld.so'));
}

describe(`the walls as ${isRoot ? 'root' : 'an ordinary user'}`, { timeout: 120_000 }, () => {
  let folder: string;
  let bench: Bench;
  let engine: Engine;
  const owner: Owner = { kind: 'app', id: randomUUID(), name: 'hostile' };
  const victim: Owner = { kind: 'app', id: randomUUID(), name: 'victim' };

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'dozen-walls-'));
    bench = makeBench(folder, { variables: nasty });
    engine = await bench.open();
  });
  afterEach(() => engine.halt(5_000));
  after(async () => {
    await engine.close();
    rmSync(folder, { recursive: true });
  });

  async function inside(
    command: string,
    more: Partial<ProcessSpec> = {},
  ): Promise<{ exit: Exit; text: string }> {
    const spec = specOf({ shell: command }, more);
    const run = await engine.runOneOff({
      owner,
      release: 1,
      process: 'run.1',
      spec,
      stop: defaultStopPolicy,
      timeoutMs: 30_000,
      input: 'none',
      variables: {},
      detached: false,
    });
    let text = '';
    for await (const line of run.lines) text += `${line.text}\n`;
    return { exit: await run.ended, text };
  }

  /** Runs and stays, with something to steal. */
  async function startVictim(): Promise<number> {
    const spec = specOf(
      { shell: 'echo treasure > /app/secret; echo up; sleep 1000' },
      { volumes: [{ name: 'data', path: '/data' }] },
    );
    const type: DesiredType = {
      type: 'worker',
      quantity: 1,
      spec,
      readiness: { kind: 'stays', afterMs: 200 },
      replacement: 'stop-first',
      stop: defaultStopPolicy,
    };
    await engine.apply({ owner: victim, generation: Date.now(), release: 1, hosts: [], types: [type] });
    assert.equal((await engine.settled(victim.id))?.state, 'settled');
    const [view] = await engine.processes(victim.id);
    assert.ok(view?.pid);
    return view.pid;
  }

  test('files: nothing of the machine beyond /usr and names, nothing of Dozen, nothing of another app', async () => {
    await startVictim();
    const { text } = await inside(
      `for f in /etc/shadow /etc/passwd- /root/.bashrc /home/* ${folder} ${folder}/engine /var/lib /var/log /run/* /boot /srv /opt/*; do [ -e "$f" ] && echo "sees $f"; done; ` +
        `ls -A /root /home /run /mnt /sys /data /home 2>/dev/null; find / -xdev -name secret 2>/dev/null; exit 0`,
    );
    // `mount` notes what it mounted in the sandbox's own /run.
    const foreign = linesOf(text).filter(
      (line) => !line.endsWith(':') && !['sees /run/mount', 'mount'].includes(line),
    );
    assert.deepEqual(foreign, []);
  });

  test('files: a 0600 file of the caller is out of reach even where its path is known', async () => {
    const file = path.join(folder, 'private');
    writeFileSync(file, 'treasure', { mode: 0o600 });
    const { text } = await inside(
      `cat ${file} /proc/1/root${file} /proc/self/root${file} /proc/1/cwd/../private 2>&1`,
    );
    assert.doesNotMatch(text, /treasure/);
  });

  test('environment: exactly the variables it was given', async () => {
    const { text } = await inside(`node -e 'console.log(JSON.stringify(process.env))'`, { port: 4321 });
    const given = {
      ...nasty,
      PATH: '/runtime/node/bin:/usr/bin:/bin',
      HOME: '/app',
      PORT: '4321',
      DYNO: 'run.1',
    };
    const last = text.trim().split('\n').at(-1) ?? '';
    const { PWD, ...found } = JSON.parse(last);
    assert.deepEqual(found, given);
    assert.ok(PWD === undefined || PWD === '/app', 'a shell may add where it is');
  });

  test('environment: that of no other process can be read', async () => {
    await startVictim();
    const { text } = await inside(
      'for e in /proc/[0-9]*/environ; do [ "$e" = "/proc/$$/environ" ] || cat "$e" 2>/dev/null | tr "\\0" "\\n" | grep -E "DOZEN|treasure"; done; cat /proc/1/environ; exit 0',
    );
    assert.doesNotMatch(text, /treasure|DOZEN_ENV/);
    assert.match(text, /Permission denied/);
  });

  test('/proc: it sees its own processes and process 1, and can look into neither that nor others', async () => {
    const pid = await startVictim();
    const { text } = await inside(
      `ls -d /proc/[0-9]* | wc -l; ls /proc/${pid} 2>&1; readlink /proc/1/root /proc/1/cwd /proc/1/exe; cat /proc/1/maps /proc/1/fd/7 /proc/1/fd/8 2>&1 | head -3`,
    );
    const [count, ...rest] = linesOf(text);
    assert.ok(Number(count) <= 4, `${count} processes`);
    assert.doesNotMatch(rest.join('\n'), /^\/(?!proc)/m, 'no link of process 1 was read');
    assert.match(rest.join('\n'), /No such file|cannot access/);
  });

  test('signals: none reaches another app, process 1 or Dozen', async () => {
    const pid = await startVictim();
    const { text } = await inside(
      `kill -9 ${pid} ${process.pid} 2>&1; kill -9 1 2>&1; kill -TERM 1 2>&1; kill -9 -1 2>/dev/null; echo still here`,
    );
    assert.match(text, /No such process|not permitted/);
    const [view] = await engine.processes(victim.id);
    assert.equal(view?.pid, pid);
    assert.equal(view?.state, 'up');
  });

  test('privileges: none, and none to be had', async () => {
    const { text } = await inside(
      'grep -E "^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs|Uid)" /proc/self/status; su -c id 2>&1; mount -t tmpfs none /tmp 2>&1; chroot / id 2>&1; mknod /tmp/disk b 254 0 2>&1',
    );
    const lines = text.split('\n');
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'])
      assert.ok(lines.includes(`${set}:\t0000000000000000`), `${set} is empty`);
    assert.ok(lines.includes('NoNewPrivs:\t1'));
    assert.doesNotMatch(text, /uid=0/);
    assert.match(text, /mount: .*(permission denied|must be superuser)/);
    assert.match(text, /mknod: .*(Operation not permitted|Permission denied)/);
  });

  test('privileges: a user namespace of its own gives it no power over the mounts it was given', async () => {
    const { text } = await inside(
      'unshare -Urm sh -c "umount /usr; umount -l /proc; mount -o remount,bind,rw /usr; touch /usr/mark && echo wrote; ls /proc/1/root/" 2>&1; touch /usr/mark 2>&1',
    );
    assert.doesNotMatch(text, /wrote/);
    assert.match(text, /Read-only file system|Permission denied/);
  });

  test('identity: its user id on the machine is its own', {
    skip: isRoot ? false : 'an ordinary user has one only',
  }, async () => {
    const pid = await startVictim();
    const uidOf = (file: string): string => /^Uid:\t(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
    const mine = (await inside('id -u')).text.trim();
    assert.notEqual(uidOf(`/proc/${pid}/status`), '0');
    assert.notEqual(uidOf(`/proc/${pid}/status`), mine);
  });

  test('writes: private to a start, gone after it, and the slug untouched', async () => {
    const first = await inside(
      "node -e \"require('fs').writeFileSync('/app/mark', 'x')\"; rm /app/listens.mjs; echo changed > /app/prints.mjs; echo t > /tmp/t; ls /tmp; ls /app",
    );
    assert.match(first.text, /mark/);
    const second = await inside('ls /app /tmp; head -1 /app/prints.mjs');
    assert.doesNotMatch(second.text, /^mark$|^t$/m);
    assert.match(second.text, /listens\.mjs/);
    assert.match(second.text, /^\/\/ Prints COUNT/m);
  });

  test('volumes: kept from start to start, and only the owner’s', async () => {
    const volumes = [{ name: 'data', path: '/data' }];
    await inside('echo kept > /data/file', { volumes });
    assert.match((await inside('cat /data/file', { volumes })).text, /^kept$/m);
    await startVictim();
    assert.doesNotMatch((await inside('ls /data', { volumes })).text, /secret/);
  });

  test('descriptors: standard input, output and error, and none of the engine', async () => {
    const { text } = await inside('ls /proc/$$/fd; true');
    const handedDown = inheritedDescriptors().map(String);
    assert.deepEqual(
      linesOf(text).filter((descriptor) => !handedDown.includes(descriptor)),
      ['0', '1', '2'],
    );
  });

  test('/dev/stdout and /dev/stderr can be opened and written', async () => {
    const { text } = await inside(
      'echo out > /dev/stdout; echo err > /dev/stderr; echo fd > /proc/self/fd/1',
    );
    assert.match(text, /^out\nerr\nfd\n$/m);
  });

  test('terminal: the one it was given, and none of the machine or of Dozen', async () => {
    const run = await engine.runOneOff({
      owner,
      release: 1,
      process: 'run.1',
      spec: specOf({
        shell:
          'readlink /proc/$$/fd/[012] | sort -u; ls -1 /proc/$$/fd; ls /dev/pts; env | grep DOZEN; : <>/dev/tty && echo own; true',
      }),
      stop: defaultStopPolicy,
      timeoutMs: 30_000,
      input: { columns: 80, rows: 24 },
      variables: {},
      detached: false,
    });
    let text = '';
    for await (const bytes of run.output) text += Buffer.from(bytes).toString();
    const lines = linesOf(text.replaceAll('\r', ''));
    const files = lines.filter((line) => line.startsWith('/'));
    assert.deepEqual(files.length, 1, `one terminal, three times: ${text}`);
    const handedDown = inheritedDescriptors().map(String);
    assert.deepEqual(
      lines.filter((line) => !line.startsWith('/') && !handedDown.includes(line)),
      ['0', '1', '2', 'ptmx', 'own'],
    );
  });

  test('/tmp, /dev/shm and the host name are its own', async () => {
    mkdirSync('/dev/shm', { recursive: true });
    const { text } = await inside(
      'ls -A /tmp /dev/shm | grep -v :; hostname; stat -c %a /tmp /dev/shm; ulimit -c',
    );
    assert.deepEqual(
      text.split('\n').filter((line) => line !== '' && !line.startsWith('ERROR')),
      ['run-1', '1777', '1777', '0'],
    );
  });

  test('a link in the slug that points out of it leads nowhere', async () => {
    const { text } = await inside(
      `ln -s ${folder} /app/out; ls /app/out/ 2>&1; ln -s /proc/1/root /app/root; ls /app/root/etc/shadow 2>&1`,
    );
    assert.match(text, /No such file/);
    assert.doesNotMatch(text, /^engine$/m);
  });
});
