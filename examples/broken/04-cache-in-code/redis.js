import { connect } from 'node:net';

/** Redis, as far as this app needs it: one command on a connection of its own. @returns the answer's last line */
export const redis = (address, ...words) => {
  const { hostname, port } = new URL(address);
  const { promise, resolve, reject } = Promise.withResolvers();
  const socket = connect(Number(port), hostname);
  const command = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('');
  let answer = '';
  socket.setTimeout(2000, () => socket.destroy(new Error('Redis does not answer')));
  socket.on('data', (chunk) => {
    answer += chunk;
    if (isWhole(answer)) socket.end();
  });
  socket.on('error', reject);
  socket.on('close', () =>
    isWhole(answer) ? resolve(answer.split('\r\n').at(-2)) : reject(new Error('Redis went away')),
  );
  socket.write(`*${words.length}\r\n${command}`);
  return promise;
};

/** A status, a number or nothing is one line; a text comes after the line with its length. */
const isWhole = (answer) => {
  const length = /^\$(\d+)\r\n/.exec(answer);
  return (
    answer.endsWith('\r\n') && (length === null || answer.length >= length[0].length + Number(length[1]) + 2)
  );
};
