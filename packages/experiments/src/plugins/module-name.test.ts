import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { typedModule } from './module-name.js';

test('paths below the working folder are short, others and packages stay as they are', () => {
  expect(typedModule(join(process.cwd(), 'plugins', 'mine.mjs'))).toBe('./plugins/mine.mjs');
  expect(typedModule('@me/basinlab-plugin')).toBe('@me/basinlab-plugin');
  expect(typedModule(join(process.cwd(), '..', 'mine.mjs'))).toBe(join(process.cwd(), '..', 'mine.mjs'));
});

const onPosix = process.platform === 'win32' ? test.skip : test;
onPosix.each(['a b.mjs', '$(exit 3).mjs', "it's; exit 3.mjs", '`exit 3`'])('a shell reads %s as one word', (name) => {
  expect(execFileSync('sh', ['-c', `printf %s ${typedModule(name)}`], { encoding: 'utf8' })).toBe(name);
});
