import { on, once } from 'node:events';
import { connect } from 'node:net';

/** RabbitMQ, as far as this app needs it: AMQP 0-9-1 with one channel, on which texts are left in queues. */
export const openBroker = async (address) => {
  const { hostname, port, username, password, pathname } = new URL(address);
  const socket = connect(Number(port), hostname);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  const wire = openWire(socket);
  socket.write('AMQP\0\0\x09\x01');
  await wire.heard('10.10');
  wire.say(0, '10.11', table(), short('PLAIN'), long(`\0${username}\0${password}`), short('en_US'));
  const tuning = await wire.heard('10.30');
  wire.say(0, '10.31', tuning.subarray(4, 10), number(0));
  wire.say(0, '10.40', short(pathname.slice(1)), number(0));
  await wire.heard('10.41');
  wire.say(1, '20.10', short(''));
  await wire.heard('20.11');
  wire.say(1, '85.10', byte(0));
  await wire.heard('85.11');

  /** One question after the other: answers do not say what they answer. */
  let last = Promise.resolve();
  const inTurn = (work) => {
    last = last.then(work, work);
    return last;
  };

  /** How many texts are in it. */
  const declare = async (queue) => {
    wire.say(1, '50.10', number(0), short(queue), byte(durable), table());
    const answer = await wire.heard('50.11');
    return answer.readUInt32BE(5 + answer.readUInt8(4));
  };

  return {
    closed,
    count: (queue) => inTurn(() => declare(queue)),
    leave: (queue, text) =>
      inTurn(async () => {
        await declare(queue);
        wire.say(1, '60.40', number(0), short(''), short(queue), byte(0));
        wire.content(1, text);
        await wire.heard('60.80');
      }),
    close: () => {
      wire.say(0, '10.50', number(200), short(''), number(0), number(0));
      socket.end();
    },
  };
};

const [method, header, body] = [1, 2, 3];
const durable = 2;
/** Kept when RabbitMQ is stopped. */
const persistent = Buffer.from([0x10, 0, 2]);

const openWire = (socket) => {
  const frames = readFrames(socket);
  const next = async () => {
    const { value, done } = await frames.next();
    if (done) throw new Error('RabbitMQ went away');
    return value;
  };
  const send = (type, channel, payload) =>
    socket.write(
      Buffer.concat([byte(type), number(channel), number(payload.length, 4), payload, byte(0xce)]),
    );
  return {
    say: (channel, id, ...fields) =>
      send(method, channel, Buffer.concat([...id.split('.').map((part) => number(Number(part))), ...fields])),
    content: (channel, text) => {
      const bytes = Buffer.from(text);
      const size = Buffer.concat([number(0, 4), number(bytes.length, 4)]);
      send(header, channel, Buffer.concat([number(60), number(0), size, persistent]));
      send(body, channel, bytes);
    },
    heard: async (wanted) => {
      const answer = await next();
      const id = `${answer.readUInt16BE(0)}.${answer.readUInt16BE(2)}`;
      if (id !== wanted) throw new Error(`RabbitMQ said ${id}`);
      return answer;
    },
  };
};

/** What stands in each frame, read all the time. */
async function* readFrames(socket) {
  let held = Buffer.alloc(0);
  for await (const [chunk] of on(socket, 'data', { close: ['close'] })) {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 7 && held.length >= held.readUInt32BE(3) + 8) {
      const end = 7 + held.readUInt32BE(3);
      yield held.subarray(7, end);
      held = held.subarray(end + 1);
    }
  }
}

const number = (value, bytes = 2) => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
};
const byte = (value) => number(value, 1);
const short = (text) => Buffer.concat([byte(Buffer.byteLength(text)), Buffer.from(text)]);
const long = (text) => Buffer.concat([number(Buffer.byteLength(text), 4), Buffer.from(text)]);
const table = () => number(0, 4);
