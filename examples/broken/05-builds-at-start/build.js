import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

writeFileSync(join(tmpdir(), 'greeting.mjs'), "export const greeting = 'Hello';\n");
