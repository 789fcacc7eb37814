/** What every store passes. It is given a way to open one, and to open the same one again. */
import { describe } from 'node:test';
import { accountsContract } from './contract/accounts.contract.ts';
import { appsContract } from './contract/apps.contract.ts';
import { attachmentsContract } from './contract/attachments.contract.ts';
import { auditContract } from './contract/audit.contract.ts';
import { authorizationsContract } from './contract/authorizations.contract.ts';
import { buildsContract } from './contract/builds.contract.ts';
import { configContract } from './contract/config.contract.ts';
import { environmentContract } from './contract/environment.contract.ts';
import { leasesContract } from './contract/leases.contract.ts';
import { pipelinesContract } from './contract/pipelines.contract.ts';
import { processSettingsContract } from './contract/process-settings.contract.ts';
import { promotionsContract } from './contract/promotions.contract.ts';
import { reachContract } from './contract/reach.contract.ts';
import { releasesContract } from './contract/releases.contract.ts';
import { restoreContract } from './contract/restore.contract.ts';
import { schedulesContract } from './contract/schedules.contract.ts';
import { servicesContract } from './contract/services.contract.ts';
import type { OpenLedger } from './contract/subject.contract.ts';

export function storeContract(name: string, open: OpenLedger): void {
  describe(name, () => {
    appsContract(open);
    configContract(open);
    buildsContract(open);
    servicesContract(open);
    attachmentsContract(open);
    releasesContract(open);
    environmentContract(open);
    restoreContract(open);
    leasesContract(open);
    accountsContract(open);
    authorizationsContract(open);
    auditContract(open);
    reachContract(open);
    processSettingsContract(open);
    pipelinesContract(open);
    promotionsContract(open);
    schedulesContract(open);
  });
}
