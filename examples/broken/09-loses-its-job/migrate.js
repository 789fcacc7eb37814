import { openDatabase } from './database.js';

const database = await openDatabase(process.env.DATABASE_URL);
await database.query('create table if not exists jobs (name text)');
await database.query('create table if not exists done (name text)');
database.close();
