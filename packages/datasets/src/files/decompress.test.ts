import { expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { parseIdx } from '../idx/parse-idx.js';
import { decompress } from './decompress.js';
import { readKnownFile } from './read-known-file.js';
import { temporaryFolders } from './temporary-folders.fixture.js';

const folderWith = temporaryFolders();

test('a gzip file that unpacks to more than is expected is refused before the memory is taken', async () => {
  // A megabyte that would become one gigabyte.
  const bomb = gzipSync(Buffer.alloc(2 ** 20), { level: 9 });
  const file = Buffer.concat(Array.from({ length: 1024 }, () => bomb));
  const peak = (): number => process.memoryUsage().arrayBuffers;
  const before = peak();
  expect(() => decompress(file, 'set/file')).toThrow(/^set\/file: a gzip file of at most \d+ bytes unpacked, got more/);
  expect(() => parseIdx(file, 'set/file')).toThrow('a gzip file of at most');
  expect(peak() - before).toBeLessThan(2 ** 29);
  const folder = await folderWith({ 'a.gz': file });
  const options = { set: 'set', verify: true, remedy: 'again' };
  await expect(readKnownFile(folder, { name: 'a', bytes: 1000 }, options)).rejects.toThrow(
    'set/a: a gzip file of at most 1000 bytes unpacked',
  );
});

test('what is as large as expected is unpacked', () => {
  const content = Buffer.alloc(5_000_000, 1);
  expect(decompress(gzipSync(content), 'x', content.length).length).toBe(content.length);
  expect(decompress(gzipSync(content), 'x').length).toBe(content.length);
  expect(decompress(content, 'x', 1)).toBe(content);
});
