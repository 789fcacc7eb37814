/**
 * What a slug consists of, as a CycloneDX 1.6 document: the app itself, the interpreters it runs on, the packages installed for
 * it. It is named after the slug's digest and the same for the same slug: no serial number, no time.
 */
import * as Enums from '@cyclonedx/cyclonedx-library/Enums';
import * as Models from '@cyclonedx/cyclonedx-library/Models';
import * as Serialize from '@cyclonedx/cyclonedx-library/Serialize';
import * as SPDX from '@cyclonedx/cyclonedx-library/SPDX';
import * as Spec from '@cyclonedx/cyclonedx-library/Spec';
import type { Digest } from '../base/digest.ts';
import type { Runtime, SlugManifest } from '../factors/05-build-release-run/slug.ts';
import type { InstalledPackage } from './builder.ts';

export interface SlugContents {
  readonly slug: SlugManifest;
  readonly digest: Digest;
  readonly installed: readonly InstalledPackage[];
}

export function sbomOf({ slug, digest, installed }: SlugContents): string {
  const app = appOf(slug, digest);
  const parts = [...slug.runtimes.map(runtimeOf), ...installed.map(packageOf)];
  const bom = new Models.Bom({ components: new Models.ComponentRepository(parts) });
  bom.metadata.component = app;
  for (const { bomRef } of parts) app.dependencies.add(bomRef);
  const normalize = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return new Serialize.JsonSerializer(normalize).serialize(bom, { sortLists: true, space: 2 });
}

function appOf({ layers }: SlugManifest, digest: Digest): Models.Component {
  const app = new Models.Component(Enums.ComponentType.Application, 'slug', {
    version: digest,
    bomRef: digest,
  });
  const layer = layers.find(({ kind }) => kind === 'app');
  if (layer !== undefined) app.hashes.set(Enums.HashAlgorithm['SHA-256'], layer.digest);
  return app;
}

/** Node itself has no package; managers are npm's. */
function runtimeOf({ name, version }: Runtime): Models.Component {
  const purl = `pkg:generic/${encoded(name)}@${encoded(version)}`;
  return new Models.Component(Enums.ComponentType.Platform, name, {
    version,
    purl,
    bomRef: `runtime:${name}`,
  });
}

function packageOf({ name, version, licences }: InstalledPackage): Models.Component {
  const path = name.split('/').map(encoded).join('/');
  const purl = version === null ? `pkg:npm/${path}` : `pkg:npm/${path}@${encoded(version)}`;
  const [scope, inner] = /^(@[^/]+)\/(.+)$/s.exec(name)?.slice(1) ?? [undefined, name];
  const component = new Models.Component(Enums.ComponentType.Library, inner ?? name, {
    ...(scope === undefined ? {} : { group: scope }),
    ...(version === null ? {} : { version }),
    purl,
    bomRef: purl,
  });
  for (const licence of licencesOf(licences)) component.licenses.add(licence);
  return component;
}

/** Names are other people's, and may hold half a character. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** The format takes several licences, or one expression alone. */
function licencesOf(said: readonly string[]): Models.License[] {
  const [only] = said;
  if (said.length === 1 && only !== undefined && isExpression(only))
    return [new Models.LicenseExpression(only)];
  return said.map((licence) => {
    const id = SPDX.fixupSpdxId(licence);
    return id === undefined ? new Models.NamedLicense(licence) : new Models.SpdxLicense(id);
  });
}

/** Identifiers that SPDX knows, joined by `AND` and `OR`. Anything else is kept as it stands, under a name. */
function isExpression(text: string): boolean {
  const words = text.replaceAll(/[()]/g, ' ').trim().split(/\s+/);
  if (words.length < 3 || words.length % 2 === 0) return false;
  return words.every((word, at) => (at % 2 === 1 ? /^(AND|OR)$/.test(word) : SPDX.isSupportedSpdxId(word)));
}
