/** PostgreSQL over its wire protocol: one connection, simple queries, passwords as they are. Values are texts of the app's own. */
import { once } from 'node:events';
import { connect } from 'node:net';

const message = (type, ...parts) => {
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
};

/** `query` resolves with rows of texts. */
export const openDatabase = async (url) => {
  const { hostname, port, username, password, pathname } = new URL(url);
  const socket = connect(Number(port || 5432), hostname);
  await once(socket, 'connect');
  const asked = [];
  let held = Buffer.alloc(0);
  let rows = [];
  let failure;
  const hear = (type, body) => {
    if (type === 'R' && body.readInt32BE(0) === 3) socket.write(message('p', Buffer.from(`${password}\0`)));
    if (type === 'D') rows.push(readRow(body));
    if (type === 'E') failure = new Error(body.toString().replaceAll('\0', ' '));
    if (type !== 'Z') return;
    const { resolve, reject } = asked.shift();
    if (failure) reject(failure);
    else resolve(rows);
    [rows, failure] = [[], undefined];
  };
  socket.on('data', (chunk) => {
    held = Buffer.concat([held, chunk]);
    while (held.length > 4 && held.length > held.readInt32BE(1)) {
      const end = held.readInt32BE(1) + 1;
      hear(String.fromCharCode(held[0]), held.subarray(5, end));
      held = held.subarray(end);
    }
  });
  const gone = (error) => {
    for (const { reject } of asked.splice(0)) reject(error);
  };
  socket.on('error', gone);
  socket.on('close', () => gone(new Error('The database is gone')));
  const ask = (bytes) =>
    new Promise((resolve, reject) => {
      asked.push({ resolve, reject });
      socket.write(bytes);
    });
  const version = Buffer.from([0, 3, 0, 0]);
  const who = Buffer.from(`user\0${username}\0database\0${pathname.slice(1)}\0\0`);
  await ask(message('', version, who));
  return {
    query: (text) => ask(message('Q', Buffer.from(`${text}\0`))),
    close: () => socket.end(message('X')),
  };
};

const readRow = (body) => {
  const values = [];
  for (let at = 2; at < body.length; ) {
    const length = body.readInt32BE(at);
    values.push(length < 0 ? null : body.toString('utf8', at + 4, at + 4 + length));
    at += 4 + Math.max(0, length);
  }
  return values;
};
