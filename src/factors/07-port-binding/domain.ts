import { userError } from '../../base/error.ts';

/** A hostname of an app's own, beside the ones the platform gives it. */
export interface Domain {
  /** A UUID. */
  readonly id: string;
  readonly appId: string;
  /** Lower case; `*.` before it stands for any one label. */
  readonly hostname: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** A name that ends so is an IPv4 address to every browser, however short. */
const numeric = /^(?:[0-9]+|0x[0-9a-f]*)$/;
const longest = 253;

export function parseHostname(text: string): string {
  const hostname = text.toLowerCase();
  // Lower case makes ASCII of some letters that are none, such as the Kelvin sign.
  const fault = isAscii(text) ? faultOf(hostname) : notAscii;
  if (fault === null) return hostname;
  throw userError(
    'DOMAIN_INVALID',
    `Cannot use ${JSON.stringify(text.slice(0, 80))} as a domain: ${fault.why}`,
    {
      hint: fault.hint,
    },
  );
}

interface Fault {
  readonly why: string;
  readonly hint: string;
}

const notAscii: Fault = {
  why: 'it is not ASCII',
  hint: 'Write it in its xn-- form, as your registrar shows it',
};

function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text);
}

function faultOf(hostname: string): Fault | null {
  const labels = (hostname.startsWith('*.') ? hostname.slice(2) : hostname).split('.');
  if (hostname.length > longest)
    return { why: `it has over ${longest} characters`, hint: 'Choose a shorter one' };
  if (!labels.every((one) => label.test(one))) {
    return {
      why: 'it is not a hostname',
      hint: 'Use labels of 1 to 63 of a-z, 0-9 and "-" with dots between them, such as www.example.org or *.example.org',
    };
  }
  if (numeric.test(labels.at(-1) ?? ''))
    return { why: 'it is an IP address', hint: 'Use a name that resolves to it' };
  return null;
}
