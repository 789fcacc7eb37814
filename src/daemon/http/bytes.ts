/** Answers of any length: written as fast as the caller reads, and broken off where they fail. */
import { once } from 'node:events';
import { PassThrough, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyReply } from 'fastify';
import { asDozenError } from '../../base/error.ts';

export const bytesType = 'application/octet-stream';

/** What fails before the first byte is answered as an error; what fails later ends the connection before the end. */
export async function sendBytes(
  reply: FastifyReply,
  write: (into: Writable) => Promise<void>,
): Promise<FastifyReply> {
  const bytes = new PassThrough();
  const written = write(bytes);
  // Whoever reads is told by the stream.
  written.catch((error: unknown) => bytes.destroy(asDozenError(error)));
  await once(bytes, 'readable');
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { 'Content-Type': bytesType, 'Cache-Control': 'no-store' });
  try {
    await pipeline(bytes, raw, { end: false });
    // Its end is said when all that belongs to it is done.
    await written;
    raw.end();
  } catch (error) {
    raw.destroy();
    throw error;
  }
  return reply;
}
