import { setTimeout as pause } from 'node:timers/promises';
import { config } from './config.js';
import { sql } from './database.js';
import { log } from './log.js';
import { openChannel, queue } from './queue.js';

const { channel } = openChannel();

/** Where the channel is closed, RabbitMQ has given the message to somebody else already. */
const settle = (how, message) => {
  try {
    channel[how](message);
  } catch (err) {
    log.warn({ err }, 'the order goes back to the queue');
  }
};

await channel.consume(
  queue,
  async (message) => {
    const { id } = JSON.parse(message.content.toString());
    try {
      await pause(config.packingMs);
      await sql`UPDATE orders SET packed = true WHERE id = ${id}`;
      settle('ack', message);
      log.info({ order: id }, 'packed');
    } catch (err) {
      log.error({ err, order: id }, 'packing failed');
      settle('nack', message);
    }
  },
  { prefetch: 1 },
);
log.info('waiting for orders');

// What is not acknowledged goes back to the queue.
process.once('SIGTERM', () => process.exit());
