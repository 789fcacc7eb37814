import type { Digest } from '../../base/digest.ts';

/**
 * A build's runnable result. The manifest is what is hashed: the slug's digest is the SHA-256 of its canonical
 * JSON, so two builds of the same content are one slug.
 */
export interface SlugManifest {
  readonly format: 1;
  /** Top-most first. Each is a canonical tar in the artifact store, unpacked at `/`. */
  readonly layers: readonly SlugLayer[];
  readonly builder: { readonly name: string; readonly version: string };
  /** Interpreters the processes need beside the layers, e.g. `{ name: 'node', version: '26.10.0' }`. */
  readonly runtimes: readonly Runtime[];
  /** Command by process type, `release` not among them. */
  readonly processTypes: Readonly<Record<string, string>>;
  /** The release phase's command. */
  readonly release: string | null;
  /** The app's `app.json` as it was built: what it declares of services, formation and policies goes with the slug. */
  readonly appJson?: string;
  /** Variables the builder sets unless the config does, e.g. `NODE_ENV`. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface SlugLayer {
  readonly kind: 'app' | 'dependencies';
  readonly digest: Digest;
  /** Bytes of the tar. */
  readonly size: number;
}

export interface Runtime {
  readonly name: string;
  readonly version: string;
}
