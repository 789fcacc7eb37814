/** Rotates a master key and is killed at a step: `node killed-rotation.ts KEYS STORE STEP`. */
import { rotateKeyFile } from '../../src/store/sqlite/key-rotation.ts';

const [folder = '', store = '', killedAt] = process.argv.slice(2);
rotateKeyFile({ folder, store }, (step) => {
  if (step === killedAt) process.kill(process.pid, 'SIGKILL');
});
