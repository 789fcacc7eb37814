/** Looks at everything, one thing after the other. What cannot be looked at is itself a finding. */
import { existsSync } from 'node:fs';
import type { Finding } from '../../../api/admin.ts';
import { asDozenError } from '../../../base/error.ts';
import { openHomeStore } from '../../home-store.ts';
import { storeFile } from '../../paths.ts';
import { registeredRoles } from '../../role-register.ts';
import { isRoot } from '../../system.ts';
import {
  lookAtCgroups,
  lookAtDisk,
  lookAtFiles,
  lookAtGit,
  lookAtIsolation,
  lookAtPort,
  lookAtPsql,
  lookAtRedis,
} from './machine.ts';
import { lookAtChains, lookAtClock, lookAtRoles, lookAtServices } from './platform.ts';

type Look = () => Omit<Finding, 'what'> | Promise<Omit<Finding, 'what'>>;

export async function examine(home: string): Promise<readonly Finding[]> {
  const runs = registeredRoles(home).length > 0;
  const machine: readonly (readonly [string, Look])[] = [
    ['isolation', lookAtIsolation],
    ['cgroups', () => lookAtCgroups()],
    ['disk', () => lookAtDisk(home)],
    ['files', lookAtFiles],
    ['clock', () => lookAtClock(home)],
    ['git', lookAtGit],
    ['redis', lookAtRedis],
    ['psql', lookAtPsql],
    ['platform', () => lookAtRoles(home)],
  ];
  // A platform that runs has its ports.
  const ports: readonly (readonly [string, Look])[] = runs
    ? []
    : [
        ['router', () => lookAtPort(isRoot() ? 80 : 8080, '--port')],
        ['api', () => lookAtPort(7700, '--api-port')],
      ];
  const findings: Finding[] = [];
  for (const [what, look] of [...machine, ...ports]) findings.push(await finding(what, look));
  if (existsSync(storeFile(home))) findings.push(...(await examineLedger(home, runs)));
  return findings;
}

async function examineLedger(home: string, runs: boolean): Promise<readonly Finding[]> {
  let store: ReturnType<typeof openHomeStore>;
  try {
    store = openHomeStore(home);
  } catch (error) {
    return [await finding('ledger', () => Promise.reject(error))];
  }
  try {
    const ledger = await finding('ledger', () => lookAtChains(store));
    return runs ? [ledger, await finding('services', () => lookAtServices(home, store))] : [ledger];
  } finally {
    store.close();
  }
}

async function finding(what: string, look: Look): Promise<Finding> {
  try {
    return { what, ...(await look()) };
  } catch (error) {
    const { message, hint } = asDozenError(error);
    return { what, state: 'bad', said: message, next: hint ?? null };
  }
}
