import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';

writeFileSync('version.js', `export const version = '${randomUUID()}';\n`);
