/** The process that `apart.ts` starts: reads what it is told to, says at descriptor 3 what it begins with, and prints the result. */
import { writeSync } from 'node:fs';
import { serialize } from 'node:v8';
import { routesIn } from '../scenario/routes.ts';
import type { ToldOrder } from './apart.ts';
import { readCode, readTree } from './code-reading.ts';
import { searchCredentials } from './credential-search.ts';
import { searchHistory } from './history-search.ts';
import { type Watch, watchOf } from './watch.ts';

const order = JSON.parse(process.argv[2] ?? '') as ToldOrder;
const watch = watchOf(new AbortController().signal, {
  hard: order.hard,
  ...(order.careful && { atOnce: 1 }),
  begins: (file) => writeSync(3, `${file}\n`),
});

process.stdout.write(serialize(await carryOut(order, watch)));

async function carryOut(told: ToldOrder, watched: Watch): Promise<unknown> {
  switch (told.kind) {
    case 'code':
      return readCode(told.root, watched);
    case 'credentials':
      return searchCredentials((await readTree(told.root, watched)).tree, watched);
    case 'routes':
      return routesIn(told.root, watched);
    case 'history':
      return searchHistory(told.folder, told.commit, { watch: watched });
  }
}
