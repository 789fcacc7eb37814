/** How secrets are named, and which texts are none. */

/** Last words of names of secrets, by custom. */
const secrets = new Set(
  'secret secrets password passwords passwd pass passphrase pwd token key apikey credential credentials'.split(
    ' ',
  ),
);
/** A key with such a word before it is known to everybody, or names a place. */
const open = new Set(
  (
    'public publishable site search cache sort partition primary foreign shard group routing index storage object redis ' +
    'queue lock stream prefix query param header translation'
  ).split(' '),
);

export function isSecretName(variable: string): boolean {
  const words = wordsOf(variable);
  if (words.at(-1) === 'base') words.pop();
  const [last = '', before = ''] = words.toReversed();
  // What a bundler puts into the browser's code is no secret; PWD alone is a folder.
  if (words.includes('public') || /^(?:vite|react_app|vue_app|gatsby)_/i.test(variable) || variable === 'PWD')
    return false;
  // Of a web app of Firebase it stands in every browser.
  if (last === 'key') return !open.has(before) && !(before === 'api' && words.includes('firebase'));
  return secrets.has(last) || /(?:password|passwd|secret|apikey)$/.test(last);
}

function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[_-]+/);
}

/** A field of a request: there a key or a token alone is about anything, and one against forgery is for one form alone. */
export function isSecretField(name: string): boolean {
  const words = wordsOf(name).filter((word) => !repeated.test(word));
  const [last = '', before = ''] = words.toReversed();
  if (last === 'key') return /^(?:api|access|secret|private)$/.test(before);
  if (last === 'token') return /^(?:api|access|refresh|auth|bearer)$/.test(before);
  return secretFields.test(last);
}

const repeated = /^(?:confirm|confirmation|repeat|repeated|again|verify|\d*)$/;
const secretFields =
  /^(?:pass|passphrase|passcode|pwd|pin|otp|totp|apikey|credentials?)$|(?:password|passwd|passwort|secret)\d?$/;

/** Words for none, addresses and files are no secrets. */
export function isSecretText(text: string): boolean {
  const said = text.trim();
  return !(
    said === '' ||
    /^(?:none|null|undefined|false|true|off|no|disabled|unset|missing|empty|n\/a|(?:is )?not\b.*|[-*.x]+|\(.*\))$/i.test(
      said,
    ) ||
    /^[a-z][a-z+.-]*:\/\//i.test(said) ||
    /^(?:~|\.{0,2})\/|^[A-Z]:\\|\.(?:pem|key|crt|cer|p12|pfx|json|txt)$/i.test(said)
  );
}

/** Words that stand where a secret would: nobody is kept out by them. */
export const isMadeUpWord = (text: string): boolean => madeUpWord.test(text);

const madeUpWord =
  /^(?:[*x.…]+|pass|passwd|password|pw|pwd|secret|changeme|change-me|example|(?:your|my)(?:[-_ .].*|(?:super|own|secret|pass|token|key|app|api|db|database)\w*)?|test|postgres(?:ql)?|mysql|mariadb|root|admin|guest)$/i;
