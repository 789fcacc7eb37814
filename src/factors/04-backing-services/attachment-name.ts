/** What an attachment is called where its variable is `DATABASE_URL`: `DATABASE`. */
export function attachmentName(variable: string): string {
  return variable.replace(/_URL$/, '');
}

/** The variable of an attachment that is called so; `DATABASE_URL` stands for itself. */
export function variableOfAttachment(name: string): string {
  const upper = name.toUpperCase().replaceAll('-', '_');
  return upper.endsWith('_URL') ? upper : `${upper}_URL`;
}

/** The first of `DATABASE_URL`, `DATABASE_2_URL`, `DATABASE_3_URL` … that is not taken. */
export function freeVariable(variable: string, taken: ReadonlySet<string>): string {
  const name = attachmentName(variable);
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? variable : `${name}_${number}_URL`;
    if (!taken.has(candidate)) return candidate;
  }
}
