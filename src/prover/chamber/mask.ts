/** Takes secret values out of text. */

const shown = '[secret]';
/** A shorter value is no secret: it would be found in words. */
const shortest = 6;

/** Masks the values as they are, and as JSON has them. */
export function maskerFor(values: readonly string[]): (text: string) => string {
  const forms = values
    .filter((value) => value.length >= shortest)
    .flatMap((value) => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]);
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((masked, form) => masked.replaceAll(form, shown), text);
}
