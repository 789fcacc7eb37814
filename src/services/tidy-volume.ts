/** Removes from a volume what is not the service's data: the old data after a restore, and what one that was cut short left. */
import { platformError } from '../base/error.ts';
import type { ProcessSpec } from '../engines/engine.ts';
import { describeExit } from '../factors/06-processes/process.ts';
import type { ServiceHost } from './provider.ts';

/** @param keep names in the volume, of letters, digits and `-` */
export async function tidyVolume(
  host: ServiceHost,
  { keep, specOf }: { readonly keep: readonly string[]; readonly specOf: (shell: string) => ProcessSpec },
): Promise<void> {
  const shell = `set -e
cd /data
for entry in *; do
  case "$entry" in ${keep.join('|')}) ;; *) rm -rf -- "$entry" ;; esac
done`;
  const { exit } = await host.run({ process: 'tidy.1', spec: specOf(shell) });
  if (exit.kind === 'code' && exit.code === 0) return;
  throw platformError(
    'SERVICE_DATA_LEFT',
    `Cannot remove old data of a service: rm ended with ${describeExit(exit)}`,
    {
      left: 'The service runs; data that it does not use any more is in its volume',
      hint: 'Look at its last lines in the log; the next restore tries again',
    },
  );
}
