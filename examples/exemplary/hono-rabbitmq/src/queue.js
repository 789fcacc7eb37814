import { connect } from 'amqp-connection-manager';
import { config } from './config.js';
import { log } from './log.js';

export const queue = 'orders';

/** A channel that is opened again when the broker was away. */
export function openChannel(setup) {
  const connection = connect([config.rabbitmqUrl], {
    heartbeatIntervalInSeconds: 5,
    reconnectTimeInSeconds: 1,
  });
  connection.on('disconnect', ({ err }) => log.warn({ err }, 'RabbitMQ is away'));
  connection.on('connectFailed', ({ err }) => log.warn({ err }, 'RabbitMQ cannot be reached'));
  const channel = connection.createChannel({
    setup: async (opened) => {
      await opened.assertQueue(queue, { durable: true });
      await setup?.(opened);
    },
    publishTimeout: 5000,
  });
  return { connection, channel };
}
