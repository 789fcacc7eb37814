import { setTimeout as pause } from 'node:timers/promises';
import { config } from './config.js';
import { sql } from './database.js';
import { log } from './log.js';
import { openChannel, queue } from './queue.js';

const { channel } = openChannel();

await channel.consume(
  queue,
  async (message) => {
    const { id } = JSON.parse(message.content.toString());
    try {
      await pause(config.packingMs);
      await sql`UPDATE orders SET packed = true WHERE id = ${id}`;
      channel.ack(message);
      log.info({ order: id }, 'packed');
    } catch (err) {
      log.error({ err, order: id }, 'packing failed');
      channel.nack(message);
    }
  },
  { prefetch: 1 },
);
log.info('waiting for orders');

// What is not acknowledged goes back to the queue.
process.once('SIGTERM', () => process.exit());
