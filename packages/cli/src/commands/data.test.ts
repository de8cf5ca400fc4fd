import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProcess, startCli } from '../testing/run-cli.fixture.js';

let folder: string;
let server: Server;
let ranges: (string | undefined)[];
/** How many bytes the server sends before it waits for ever. */
let patience = Infinity;
const archive = Buffer.alloc(400_000, 7);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'basinlab-data-'));
  ranges = [];
  server = createServer((request, response) => {
    if (request.url !== '/pub/arxiv.zip') return void response.writeHead(404).end();
    const { range } = request.headers;
    ranges.push(range);
    const start = range === undefined ? 0 : Number(/\d+/.exec(range)![0]);
    const place = start === 0 ? {} : { 'content-range': `bytes ${start}-${archive.length - 1}/${archive.length}` };
    response.writeHead(start === 0 ? 200 : 206, { 'content-length': archive.length - start, etag: '"one"', ...place });
    if (patience === Infinity) response.end(archive.subarray(start));
    else response.write(archive.subarray(start, start + patience));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const mirror = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/pub`;
const env = () => ({ BASINLAB_CACHE: join(folder, 'cache') });

describe('basinlab data fetch', () => {
  test('Ctrl-C keeps what has arrived and ends with 130; the next call goes on and refuses what is not the published file', async () => {
    patience = 150_000;
    const args = ['data', 'fetch', 'ogbn-arxiv', '--mirror', mirror()];
    const stopped = startCli(args, { env: env() });
    const part = join(folder, 'cache', 'datasets', 'ogbn-arxiv', 'arxiv.zip.part');
    while (!existsSync(part) || statSync(part).size < patience) await new Promise((resolve) => setTimeout(resolve, 20));
    stopped.child.kill('SIGINT');
    const first = await stopped.result;
    expect([first.code, first.out]).toEqual([130, '']);
    expect(first.log).toContain('ogbn-arxiv: download arxiv.zip [....................] 0% of 400 kB');
    expect(readdirSync(join(part, '..')).sort()).toEqual(['arxiv.zip.part', 'arxiv.zip.part.etag']);

    patience = Infinity;
    const second = await startCli([...args, '--json'], { env: env() }).result;
    expect(ranges).toEqual([undefined, 'bytes=150000-']);
    expect(second.code).toBe(1);
    expect((JSON.parse(second.out) as { error: { message: string } }).error.message).toMatch(
      /^data fetch ogbn-arxiv: sha256 49f85c80\w+ of http/,
    );
    expect(readdirSync(join(part, '..'))).toEqual([]);
  });

  test.each([
    [['cifra10'], 2, 'data fetch: a data set, got cifra10. Did you mean cifar10?'],
    [['fashion-mnist', '--url', 'http://127.0.0.1:9/x'], 2, 'a set of one file, for --url, got 4 files'],
    [['cifar10', '--url', 'http://127.0.0.1:9/x', '--mirror', 'http://127.0.0.1:9/'], 2, '--url or --mirror, got both'],
    [['cifar10', '--mirror', 'somewhere'], 2, 'an address that begins with https://'],
  ])('%j is refused', async (args, exitCode, message) => {
    const { code, out, log } = await inProcess('data', 'fetch', ...args);
    expect({ code, out }).toEqual({ code: exitCode, out: '' });
    expect(log).toContain(message);
  });

  test('a file that the server does not have is an error that says so', async () => {
    const { code, log } = await startCli(['data', 'fetch', 'cifar10', '--mirror', mirror()], { env: env() }).result;
    expect(code).toBe(1);
    expect(log).toContain('cifar-10-binary.tar.gz must be there, got 404 Not Found');
  });

  test('a data set that comes with a package or is made in memory needs no fetching', async () => {
    expect(await inProcess('data', 'fetch', 'gaussian-subspace')).toMatchObject({
      code: 0,
      out: expect.stringContaining('made in memory'),
    });
  });
});

test('data list shows size and licence', async () => {
  const { out } = await inProcess('data', 'list');
  expect(out).toMatch(/cifar10 +(yes|no) +170 MB/);
  expect(out).toContain('ODC-BY 1.0');
});
