import { once } from 'node:events';
import { connect } from 'node:net';

const { hostname, port } = new URL(process.env.REDIS_URL);
const redis = connect({ host: hostname, port: Number(port) });
redis.write('SETNX schema 1\r\n');
const [answer] = await once(redis, 'data');
redis.end();
if (String(answer) !== ':1\r\n') throw new Error('Cannot make the schema: it is there already');
console.log(JSON.stringify({ level: 'info', message: 'made the schema' }));
