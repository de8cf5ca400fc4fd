// A registry of our own on the loopback interface: verdaccio, in a temporary folder. It keeps @basinlab/* and asks the registry that npm is set to for the rest.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { npm } from '../packages/run.mjs';

/** Starts it; `stop` ends the process. `tools` is a folder where verdaccio is installed. */
export async function startRegistry(folder, tools) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const storage = path.join(folder, 'storage');
  const config = path.join(folder, 'verdaccio.yaml');
  fs.writeFileSync(
    config,
    JSON.stringify({
      storage,
      listen: `127.0.0.1:${port}`,
      uplinks: { upstream: { url: npm(['config', 'get', 'registry'], tools).trim(), maxage: '60m', timeout: '120s' } },
      packages: {
        '@basinlab/*': { access: '$all', publish: '$all', unpublish: '$all' },
        '**': { access: '$all', proxy: 'upstream' },
      },
      max_body_size: '100mb',
      log: { type: 'stdout', format: 'pretty', level: 'error' },
    }),
  );
  const child = spawn(process.execPath, [path.join(tools, 'node_modules/verdaccio/bin/verdaccio'), '--config', config], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  for (let attempt = 0; ; attempt++) {
    if (child.exitCode !== null) throw new Error(`registry: a running verdaccio, got exit code ${child.exitCode}\n${said}`);
    if (attempt > 240) throw new Error(`registry: an answer within two minutes, got none\n${said}`);
    if (
      await fetch(`${url}-/ping`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return { url, storage, host: `//127.0.0.1:${port}/`, stop: () => child.kill(), said: () => said };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
