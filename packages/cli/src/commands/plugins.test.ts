import { expect, test } from '@jest/globals';
import { inProcess } from '../testing/run-cli.fixture.js';

test('plugins ID shows what can be set, with defaults', async () => {
  const { code, out } = await inProcess('plugins', 'w');
  expect(code).toBe(0);
  expect(out).toMatch(/breaking\.options\.fixedPerUnit +a whole number from 0, or a list of whole numbers from 0.* +must be given/);
  expect(out).toMatch(/breaking\.options\.fixedScale +a number from 0.* +1\n/);
});

test('settings within settings have their whole path', async () => {
  const { out } = await inProcess('plugins', 'cifar10', '--json');
  const [plugin] = (JSON.parse(out) as { plugins: { family: string; place: string; settings: { path: string; default?: unknown }[] }[] })
    .plugins;
  expect(plugin).toMatchObject({ family: 'dataset', place: 'dataset' });
  expect(plugin!.settings.map(({ path }) => path)).toEqual(expect.arrayContaining(['augment', 'limit.train']));
  expect(plugin!.settings.find(({ path }) => path === 'augment')!.default).toBe(true);
});

test('a plugin that nothing can be set of, and one that is not there', async () => {
  expect((await inProcess('plugins', 'cpu')).out).toContain('Nothing to set.');
  expect(await inProcess('plugins', 'fashon-mnist')).toMatchObject({
    code: 2,
    log: expect.stringContaining('Did you mean fashion-mnist?'),
  });
});
