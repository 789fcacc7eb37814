const { setTimeout: pause } = require('node:timers/promises');
const { Worker } = require('bullmq');
const { log } = require('./lib/log.js');
const { connect, queueName } = require('./lib/queue.js');

const connection = connect({ maxRetriesPerRequest: null });
const worker = new Worker(
  queueName,
  async (job) => {
    await pause(Number(process.env.WORK_MS || 50));
    await connection.set(`report:${job.data.name}`, `The report on ${job.data.name}`);
  },
  { connection, lockDuration: 5000, stalledInterval: 2000, maxStalledCount: 10 },
);
worker.on('completed', (job) => log.info('job done', { job: job.id, name: job.data.name }));
worker.on('failed', (job, error) =>
  log.error('job failed', { job: job?.id, error: error.message, stack: error.stack }),
);
worker.on('error', (error) => log.warn('worker', { error: error.message }));

// A job that takes longer goes back to the queue when its lock is over.
process.on('SIGTERM', async () => {
  await Promise.race([worker.close(), pause(5000)]);
  process.exit();
});
