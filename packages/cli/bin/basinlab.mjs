#!/usr/bin/env node
// What goes wrong while the command is loaded is told in a line too: with too few open files not even its modules can be read.
try {
  const { main } = await import('../dist/main.js');
  await main(process.argv.slice(2));
} catch (error) {
  const remedy = error.code === 'EMFILE' ? '. Raise the limit on open files: ulimit -n 4096' : '';
  process.stderr.write(`basinlab: ${error.message}${remedy}\n`);
  process.exit(1);
}
