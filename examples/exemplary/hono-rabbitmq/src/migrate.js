import { readdir } from 'node:fs/promises';
import { sql } from './database.js';

const folder = new URL('../migrations/', import.meta.url);
for (const name of (await readdir(folder)).sort()) await sql.file(new URL(name, folder).pathname);
await sql.end();
