#!/usr/bin/env node
// What goes wrong while the command is loaded is told in a line too. With too few open files its modules cannot be read, which Node takes for their absence.
try {
  // Before anything that is long to load: commands that compute begin again with the memory of their process tuned.
  if (
    /^(train|resume|sweep|reproduce|align|measure|diagnose|check-golden)$/.test(
      process.argv.slice(2).find((word) => !word.startsWith('-')) ?? '',
    )
  )
    (await import('@basinlab/xla/restart')).restartWithTunedMemory();
  const { main } = await import('../dist/main.js');
  await main(process.argv.slice(2));
} catch (error) {
  const limit = process.report?.getReport().userLimits?.open_files?.soft;
  const remedy = Number(limit) < 256 ? `. Raise the limit of ${limit} open files: ulimit -n 4096` : '';
  process.stderr.write(`basinlab: ${error.message}${remedy}\n`);
  process.exit(1);
}
