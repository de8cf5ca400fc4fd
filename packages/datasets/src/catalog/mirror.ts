import { BasinlabError } from '@basinlab/core';
import type { DatasetSource } from './sources.js';

/** The same files under another address: each by its published name, the last part of its own address. Sizes and checksums stay. */
export function mirrored(source: DatasetSource, base: string): DatasetSource {
  const root = address(base).replace(/\/+$/, '');
  return { ...source, files: source.files.map((file) => ({ ...file, url: `${root}/${file.url.slice(file.url.lastIndexOf('/') + 1)}` })) };
}

/** The same single file at another address. Throws a usage error for a set of several files. */
export function relocated(id: string, source: DatasetSource, url: string): DatasetSource {
  const [file, ...others] = source.files;
  if (file === undefined || others.length > 0) {
    throw new BasinlabError(`data fetch ${id}`, 'a set of one file, for --url', `${source.files.length} files`, {
      remedy: 'Give the address of the folder that holds them: --mirror BASE',
      exitCode: 2,
    });
  }
  return { ...source, files: [{ ...file, url: address(url) }] };
}

function address(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return text;
  throw new BasinlabError('data fetch', 'an address that begins with https:// or http://', text, { exitCode: 2 });
}
