/** What to do about a step that failed, as far as its last lines tell. */

/** As OpenSSL and Node name them. */
const untrusted =
  /\b(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?))\b/;

export function failureHint(lastLines: string): string {
  const todo = untrusted.test(lastLines)
    ? 'Start the platform with NODE_EXTRA_CA_CERTS=FILE, the certificates that are trusted on this network (docs/builds.md)'
    : 'Run it in a clean clone to see the same';
  return `${todo}. Its last lines:\n${lastLines}`;
}
