/** A SHA-256 in lower-case hexadecimal: the name of an artifact, 64 characters. */
export type Digest = string;

export function isDigest(text: string): text is Digest {
  return /^[0-9a-f]{64}$/.test(text);
}
