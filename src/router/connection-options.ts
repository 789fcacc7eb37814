/**
 * What a message's `Connection` header says: the options for this hop, and the names of headers that end at it
 * (RFC 9110 section 7.6.1).
 */
export class ConnectionOptions {
  close = false;
  upgrade = false;
  /** Other headers it names, in lower case; null: none. */
  names: Set<string> | null = null;

  add(value: string): void {
    const lower = value.toLowerCase();
    if (lower === 'keep-alive') return;
    if (lower === 'close') this.close = true;
    else for (const option of lower.split(',')) this.#addOption(option.trim());
  }

  #addOption(option: string): void {
    if (option === 'close') this.close = true;
    else if (option === 'upgrade') this.upgrade = true;
    else if (option !== '' && option !== 'keep-alive') {
      this.names ??= new Set();
      this.names.add(option);
    }
  }
}
