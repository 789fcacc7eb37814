/** How much memory an app may take while it is checked, all of its processes together. */
import { totalmem } from 'node:os';
import { userError } from '../base/error.ts';

const megabyte = 1024 * 1024;
const mostMb = 8192;

/** Bytes: half of what this machine or its container has, at most 8 GB, unless the person says more or less. @throws CHECK_SETTING_INVALID */
export function memoryLimitOf({ DOZEN_CHECK_MEMORY_MB: given = '' }: NodeJS.ProcessEnv): number {
  if (given === '') return Math.min(mostMb * megabyte, available() / 2);
  if (/^[1-9][0-9]{0,6}$/.test(given)) return Number(given) * megabyte;
  throw userError(
    'CHECK_SETTING_INVALID',
    `Cannot limit the memory of the app: DOZEN_CHECK_MEMORY_MB is ${JSON.stringify(given)}, not a number from 1 to 9999999`,
    { hint: 'Correct the variable, or unset it' },
  );
}

function available(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
