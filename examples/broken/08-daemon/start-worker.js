import { spawn } from 'node:child_process';

spawn(process.execPath, ['worker.js'], { detached: true, stdio: 'inherit' }).unref();
