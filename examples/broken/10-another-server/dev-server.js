import { createServer } from 'node:http';

const { PORT } = process.env;
if (!PORT) throw new Error('PORT is not set');

createServer((_, response) => response.end('Hello, developer\n')).listen(Number(PORT));
