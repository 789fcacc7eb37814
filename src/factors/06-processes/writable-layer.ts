/**
 * What a process may write beside its volumes and its services. Processes share nothing: the layer belongs to one start of one
 * process and is thrown away with it, so it is for scratch and not for keeping.
 */

/** Bytes. */
export const defaultDiskLimit = 1024 ** 3;
