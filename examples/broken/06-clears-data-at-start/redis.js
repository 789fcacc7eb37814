/** As much of Redis as it takes: a connection for each command, and texts in plain ASCII. */
import { connect } from 'node:net';

export const redisAt = (url) => {
  const { hostname, port } = new URL(url);
  /** `redis('RPUSH', 'jobs', 'a')` */
  return async (...words) => {
    const socket = connect(Number(port || 6379), hostname);
    socket.write(`${commandOf(words)}${commandOf(['QUIT'])}`);
    return answerIn(
      Buffer.concat(await socket.toArray())
        .toString()
        .split('\r\n'),
    );
  };
};

const commandOf = (words) =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

const answerIn = (lines) => {
  const [sign, ...rest] = lines.shift();
  const text = rest.join('');
  if (sign === '-') throw new Error(text);
  if (sign === '*') return Array.from({ length: Number(text) }, () => answerIn(lines));
  return sign === '$' ? lines.shift() : text;
};
