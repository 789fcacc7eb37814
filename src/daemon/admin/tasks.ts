/** The admin tasks of the command line, over the home that the environment names. */
import path from 'node:path';
import type { AdminTasks } from '../../api/admin.ts';
import { findHome } from '../../api/local-home.ts';
import { userError } from '../../base/error.ts';
import { homeFolder } from '../../store/home.ts';
import { rotateKeyFile } from '../../store/sqlite/key-rotation.ts';
import { storeLayout } from '../../store/sqlite/migrations.ts';
import { prepareHomeStore } from '../home-store.ts';
import { storeFile } from '../paths.ts';
import { backUp } from './backup.ts';
import { examine } from './doctor/examine.ts';
import { whileHeld } from './hold-home.ts';
import { restoreHome } from './restore.ts';

export function adminTasks(): AdminTasks {
  const home = findHome(process.env);
  return {
    migrate: () =>
      whileHeld({ home, command: 'dozen migrate' }, () => {
        const from = storeLayout(storeFile(home));
        prepareHomeStore(home);
        return { home, from, to: storeLayout(storeFile(home)) };
      }),
    rotateKey() {
      if (process.env.DOZEN_KEY !== undefined) throw fromEnvironment(home);
      return whileHeld({ home, command: 'dozen rotate-key' }, () => {
        prepareHomeStore(home);
        const folder = homeFolder(home, 'keys');
        const { id } = rotateKeyFile({ folder, store: storeFile(home) });
        return { file: path.join(folder, 'master.key'), id };
      });
    },
    backUp: (wish) => backUp(home, { ...wish, signal: new AbortController().signal }),
    examine: () => examine(home),
    restore: (file) => restoreHome(home, { file, signal: new AbortController().signal }),
  };
}

function fromEnvironment(home: string): Error {
  const file = path.join(homeFolder(home, 'keys'), 'master.key');
  return userError(
    'KEY_FROM_ENVIRONMENT',
    'Cannot rotate the master key: DOZEN_KEY gives it, and Dozen cannot change what gives DOZEN_KEY',
    {
      hint: `Put the key into ${file} (chmod 600), unset DOZEN_KEY, run dozen rotate-key, then let DOZEN_KEY be what the file holds`,
    },
  );
}
