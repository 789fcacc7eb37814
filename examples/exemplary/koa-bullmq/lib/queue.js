const IORedis = require('ioredis');
const { log } = require('./log.js');

exports.queueName = 'reports';

exports.connect = (options = {}) => {
  if (!process.env.REDIS_URL) throw new Error('REDIS_URL is not set');
  const connection = new IORedis(process.env.REDIS_URL, options);
  connection.on('error', (error) => log.warn('redis', { error: error.message }));
  return connection;
};
