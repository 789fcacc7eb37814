import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTrace } from './trace.ts';

const events = (...lines: readonly string[]) => parseTrace(lines.join('\n'), 1_000_000);
const when = { pid: 7, atMs: 500 };

test('a program that was started is one event, with its arguments as they were', () => {
  assert.deepEqual(
    events('7  1000.500000 execve("/usr/bin/ls", ["ls", "-la", "x \\"y\\""], 0x45a83390 /* 35 vars */) = 0'),
    [{ kind: 'exec', ...when, program: '/usr/bin/ls', argv: ['ls', '-la', 'x "y"'] }],
  );
});

test('a program that is not there was not started', () => {
  assert.deepEqual(
    events('7  1000.5 execve("/app/ls", ["ls"], 0x4 /* 3 vars */) = -1 ENOENT (No such file)'),
    [],
  );
});

test('a file is named by what was opened, or by where it was looked for', () => {
  assert.deepEqual(
    events(
      '7  1000.5 openat(AT_FDCWD</app>, "rel.log", O_WRONLY|O_CREAT|O_CLOEXEC, 0666) = 21</app/rel.log>',
      '7  1000.5 openat(AT_FDCWD</app>, ".env", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)',
    ),
    [
      { kind: 'open', ...when, path: '/app/rel.log', writes: true, ok: true },
      { kind: 'open', ...when, path: '/app/.env', writes: false, ok: false },
    ],
  );
});

test('a call that was interrupted by another process is put together', () => {
  assert.deepEqual(
    events(
      '7  1000.4 openat(AT_FDCWD</app>, "a", O_RDONLY <unfinished ...>',
      '8  1000.45 setsid()                 = 8',
      '7  1000.5 <... openat resumed>)     = 3</app/a>',
    ),
    [
      { kind: 'session', pid: 8, atMs: 450 },
      { kind: 'open', ...when, path: '/app/a', writes: false, ok: true },
    ],
  );
});

test('connections are told by address and port, over both families and unix sockets', () => {
  assert.deepEqual(
    events(
      '7  1000.5 connect(23<socket:[1]>, {sa_family=AF_INET, sin_port=htons(25), sin_addr=inet_addr("10.1.2.3")}, 16) = -1 EINPROGRESS (Operation now in progress)',
      '7  1000.5 connect(23<socket:[1]>, {sa_family=AF_INET6, sin6_port=htons(6379), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0',
      '7  1000.5 connect(23<socket:[1]>, {sa_family=AF_UNIX, sun_path="/run/x.sock"}, 110) = -1 ENOENT (No such file)',
    ).map((event) => (event.kind === 'connect' ? [event.address, event.port] : event)),
    [
      ['10.1.2.3', 25],
      ['::1', 6379],
      ['/run/x.sock', 0],
    ],
  );
});

test('a folder is told when it was made or refused, not when it is there already', () => {
  assert.deepEqual(
    events(
      '7  1000.5 mkdir("log", 0777) = -1 EROFS (Read-only file system)',
      '7  1000.5 mkdir("log", 0777) = -1 EEXIST (File exists)',
      '7  1000.5 mkdir("log/a", 0777) = -1 ENOENT (No such file or directory)',
      '7  1000.5 mkdirat(AT_FDCWD</tmp>, "cache", 0777) = 0',
    ),
    [
      { kind: 'folder', ...when, path: '/app/log', ok: false },
      { kind: 'folder', ...when, path: '/tmp/cache', ok: true },
    ],
  );
});

test('a name that was taken away is known by where it was', () => {
  assert.deepEqual(events('7  1000.5 unlinkat(9</app/tmp>, "a b", 0) = 0'), [
    { kind: 'unlink', ...when, path: '/app/tmp/a b' },
  ]);
});

test('a file that was renamed is known by both of its names', () => {
  assert.deepEqual(
    events(
      '7  1000.5 rename("/app/a \\"b\\"", "data/c") = 0',
      '7  1000.5 renameat2(AT_FDCWD</app/tmp>, "a", 9</app/data>, "b", RENAME_NOREPLACE) = 0',
      '7  1000.5 rename("/app/a", "/app/b") = -1 ENOENT (No such file or directory)',
    ),
    [
      { kind: 'unlink', ...when, path: '/app/a "b"', to: '/app/data/c' },
      { kind: 'unlink', ...when, path: '/app/tmp/a', to: '/app/data/b' },
    ],
  );
});

test('a file that is opened to be read and written is told from one that is only written', () => {
  assert.deepEqual(
    events(
      '7  1000.5 openat(AT_FDCWD</app>, "/tmp/O_RDONLY", O_RDWR|O_CREAT, 0600) = 21</tmp/O_RDONLY>',
      '7  1000.5 openat(AT_FDCWD</app>, "/tmp/O_RDWR", O_WRONLY) = 21</tmp/O_RDWR>',
    ),
    [
      { kind: 'open', ...when, path: '/tmp/O_RDONLY', writes: true, reads: true, ok: true },
      { kind: 'open', ...when, path: '/tmp/O_RDWR', writes: true, ok: true },
    ],
  );
});
