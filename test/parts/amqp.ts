/** AMQP 0-9-1 as far as tests need it: one connection with one channel, the server's own queue, and one question at a time. */
import { on, once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Class and method as the protocol numbers them, with the method's fields. */
interface Method {
  readonly id: string;
  readonly fields: Buffer;
}

export interface AmqpClient {
  readonly socket: Socket;
  /** Resolves when the connection is gone, by whoever's doing. */
  readonly closed: Promise<void>;
  /** A durable queue. Resolves with how many messages are in it. */
  queue(name: string): Promise<number>;
  /** Resolves when the server has it on disk. */
  publish(queue: string, text: string): Promise<void>;
  /** The next message, taken; null: there is none. */
  take(queue: string): Promise<string | null>;
}

/** @throws when the server refuses the login, with the words it ends the connection with */
export async function connectAmqp(address: string): Promise<AmqpClient> {
  const { hostname, port, username, password, pathname } = new URL(address);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  // A server that ends it in haste resets it.
  socket.on('error', () => undefined);
  const wire = openWire(socket);
  socket.write('AMQP\0\0\x09\x01');
  await wire.heard('10.10');
  const login = `\0${decodeURIComponent(username)}\0${decodeURIComponent(password)}`;
  // What it can do tells the server to say why it turns a login away.
  const abilities = table(
    Buffer.concat([short('capabilities'), Buffer.from('F'), table(flag(closesOnRefusal))]),
  );
  wire.say(0, '10.11', abilities, short('PLAIN'), long(login), short('en_US'));
  const { fields: tuning } = await wire.heard('10.30');
  wire.say(0, '10.31', tuning.subarray(0, 6), Buffer.from([0, 0]));
  wire.say(0, '10.40', short(decodeURIComponent(pathname.slice(1))), Buffer.from([0, 0]));
  await wire.heard('10.41');
  wire.say(1, '20.10', short(''));
  await wire.heard('20.11');
  wire.say(1, '85.10', Buffer.from([0]));
  await wire.heard('85.11');
  return {
    socket,
    closed,
    queue: async (name) => {
      wire.say(1, '50.10', number(0), short(name), Buffer.from([durable]), table(Buffer.alloc(0)));
      const { fields } = await wire.heard('50.11');
      return fields.readUInt32BE(1 + fields.readUInt8(0));
    },
    publish: async (queue, text) => {
      wire.say(1, '60.40', number(0), short(''), short(queue), Buffer.from([0]));
      wire.content(1, text);
      await wire.heard('60.80');
    },
    take: async (queue) => {
      wire.say(1, '60.70', number(0), short(queue), Buffer.from([takenAtOnce]));
      const { id } = await wire.heard('60.71', '60.72');
      return id === '60.72' ? null : (await wire.body()).toString();
    },
  };
}

const frameOf = { method: 1, header: 2, body: 3 } as const;
const frameEnd = 0xce;
const durable = 2;
const takenAtOnce = 1;
const closesOnRefusal = 'authentication_failure_close';

function openWire(socket: Socket) {
  const frames = readFrames(socket);
  const next = async (): Promise<Frame> => {
    const { value, done } = await frames.next();
    if (done === true) throw new Error('The server ended the connection');
    return value;
  };
  const send = (type: number, channel: number, payload: Buffer): void => {
    const head = Buffer.alloc(7);
    head.writeUInt8(type, 0);
    head.writeUInt16BE(channel, 1);
    head.writeUInt32BE(payload.length, 3);
    socket.write(Buffer.concat([head, payload, Buffer.from([frameEnd])]));
  };
  return {
    say: (channel: number, id: string, ...fields: readonly Buffer[]): void => {
      const numbers = id.split('.').map((part) => number(Number(part)));
      send(frameOf.method, channel, Buffer.concat([...numbers, ...fields]));
    },
    /** Of what is kept when the server stops. */
    content: (channel: number, text: string): void => {
      const body = Buffer.from(text);
      const head = Buffer.alloc(15);
      head.writeUInt16BE(60, 0);
      head.writeBigUInt64BE(BigInt(body.length), 4);
      head.writeUInt16BE(0x1000, 12);
      head.writeUInt8(2, 14);
      send(frameOf.header, channel, head);
      send(frameOf.body, channel, body);
    },
    heard: async (...wanted: readonly string[]): Promise<Method> => {
      const { payload } = await next();
      const id = `${payload.readUInt16BE(0)}.${payload.readUInt16BE(2)}`;
      const fields = payload.subarray(4);
      if (id === '10.50') throw new Error(fields.subarray(3, 3 + fields.readUInt8(2)).toString());
      if (!wanted.includes(id)) throw new Error(`The server said ${id} in place of ${wanted.join(' or ')}`);
      return { id, fields };
    },
    body: async (): Promise<Buffer> => {
      const { payload } = await next();
      const length = Number(payload.readBigUInt64BE(4));
      let body = Buffer.alloc(0);
      while (body.length < length) body = Buffer.concat([body, (await next()).payload]);
      return body;
    },
  };
}

interface Frame {
  readonly payload: Buffer;
}

async function* readFrames(socket: Socket): AsyncGenerator<Frame, void, undefined> {
  let held = Buffer.alloc(0);
  // All the time, also while nobody asks: a server's goodbye that is not read keeps the connection from ending.
  for await (const [chunk] of on(socket, 'data', { close: ['close'] }) as AsyncIterable<[Buffer]>) {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 7 && held.length >= held.readUInt32BE(3) + 8) {
      const end = 7 + held.readUInt32BE(3);
      yield { payload: held.subarray(7, end) };
      held = held.subarray(end + 1);
    }
  }
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function short(text: string): Buffer {
  return Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);
}

function long(text: string): Buffer {
  return table(Buffer.from(text));
}

function table(entries: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(entries.length);
  return Buffer.concat([length, entries]);
}

function flag(name: string): Buffer {
  return Buffer.concat([short(name), Buffer.from('t'), Buffer.from([1])]);
}
