#!/usr/bin/env node
import { readFileSync } from 'node:fs';

// What goes wrong while the command is loaded is told in a line too. With too few open files its modules cannot be read, which Node takes for their absence.
try {
  const { main } = await import('../dist/main.js');
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(
    `basinlab: ${error.message}${mayOpen() < 256 ? `. Raise the limit of ${mayOpen()} open files: ulimit -n 4096` : ''}\n`,
  );
  process.exit(1);
}

/** Files that this process may have open, where the system says so. */
function mayOpen() {
  try {
    return Number(/Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))[1]);
  } catch {
    return Infinity;
  }
}
