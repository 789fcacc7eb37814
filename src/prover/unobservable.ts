/** Why an experiment could not be made: it names what was missing, and what would prove it. */
export class Unobservable extends Error {
  override readonly name = 'Unobservable';
  readonly prove: string | undefined;

  constructor(why: string, prove?: string) {
    super(why);
    this.prove = prove;
  }
}
