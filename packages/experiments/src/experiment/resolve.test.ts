import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { createBuiltinRegistry } from '../registry.js';
import { mnistMlp } from './schema.js';
import { applyOverrides } from './override.js';
import { parseConfig } from './parse.js';
import { resolveExperiment } from './resolve.js';

const schema = z.strictObject({
  model: z
    .strictObject({ width: z.number().int().positive().default(512), norm: z.enum(['layer', 'batch']).default('layer') })
    .prefault({}),
  networks: z.array(z.strictObject({ id: z.string() })).default([]),
  scale: z.union([z.number().nonnegative(), z.array(z.number().positive().lt(1))]).optional(),
});

describe('overrides', () => {
  test('set numbers, text, lists and entries of lists, and leave the base alone', () => {
    const base = { model: { width: 512, norm: 'layer' }, widths: [1, 2] };
    expect(applyOverrides(base, ['model.width=256', 'model.norm=batch', 'widths.1=5', 'name=a=b'])).toEqual({
      model: { width: 256, norm: 'batch' },
      widths: [1, 5],
      name: 'a=b',
    });
    expect(base.model.width).toBe(512);
  });

  test.each(['model.width', '=3', '.a=1', 'a..b=1', '__proto__.x=1', 'model.width.deep=1'])('%s is a usage error', (assignment) => {
    expect(() => applyOverrides({ model: { width: 1 } }, [assignment])).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  test('no assignment reaches the prototype of objects', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('constructor', 'prototype', '__proto__', 'toString', 'a'), { minLength: 1, maxLength: 4 }),
        (path) => {
          try {
            applyOverrides({}, [`${path.join('.')}=1`]);
          } catch {
            // refused: fine
          }
          expect(({} as Record<string, unknown>)['a']).toBeUndefined();
          expect(Object.keys(Object.prototype)).toEqual([]);
          expect(typeof Object.prototype.toString).toBe('function');
        },
      ),
    );
  });
});

describe('parseConfig', () => {
  test('fills in defaults', () => {
    expect(parseConfig('x', schema, {})).toEqual({ model: { width: 512, norm: 'layer' }, networks: [] });
  });

  test.each([
    [{ model: { witdh: 3 } }, 'x: a known key of model, got witdh. Did you mean model.width?'],
    [{ modle: {} }, 'x: a known key, got modle. Did you mean model?'],
    [{ width: 3 }, 'x: a known key, got width. Did you mean model.width?'],
    [{ net: { width: { of: 3 } } }, 'x: a known key, got net. Known: model, networks, scale'],
    [{ model: { norm: 'layr' } }, 'x: model.norm must be one of layer, batch, got layr. Did you mean layer?'],
    [{ model: { width: -1 } }, 'x: model.width must be a whole number above 0, got -1'],
    [{ model: { width: '256px' } }, 'x: model.width must be a whole number above 0, got 256px'],
    [{ networks: [{ id: 3 }] }, 'x: networks.0.id must be a text, got 3'],
    [{ scale: 'big' }, 'x: scale must be a number from 0, or a list of numbers above 0 below 1, got big'],
    [{ scale: [2] }, 'x: scale.0 must be a number above 0 below 1, got 2'],
    [null, 'x: the configuration must be an object with model, networks, scale, got null'],
  ])('%j is refused by name', (value, message) => {
    expect(() => parseConfig('x', schema, value)).toThrow(message);
    expect(() => parseConfig('x', schema, value)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  test('a rule of several keys is said in its own words', () => {
    const even = z.strictObject({ a: z.number() }).refine(({ a }) => a % 2 === 0, { error: 'a must be even' });
    expect(() => parseConfig('x', even, { a: 1 })).toThrow('x: the configuration must be valid (a must be even), got {"a":1}');
  });
});

describe('resolveExperiment', () => {
  const registry = createBuiltinRegistry();
  const resolve = (...overrides: string[]) => resolveExperiment('train', mnistMlp, overrides, registry);

  test.each([
    [
      ['breaking.id=w', 'breaking.options.fixedPerunit=3'],
      'train: a known key of breaking.options, got fixedPerunit. Did you mean breaking.options.fixedPerUnit?',
    ],
    [
      ['breaking.id=w', 'breaking.options.fixedPerUnit=many'],
      'breaking.options.fixedPerUnit must be a whole number from 0, or a list of whole numbers from 0, or an object of whole numbers from 0, got many',
    ],
    [
      ['breaking.id=w'],
      'breaking.options.fixedPerUnit must be a whole number from 0, or a list of whole numbers from 0, or an object of whole numbers from 0, got nothing',
    ],
    [['model.width=256'], 'train: a known key, got model. Did you mean architecture.options.widths?'],
    [['data.options.limit.train=5'], 'Did you mean dataset.options.limit.train?'],
    [['epochs=5'], 'Did you mean training.epochs?'],
    [['training.epoch=5'], 'Did you mean training.epochs?'],
    [['fixedScale=5', 'breaking.id=syre'], 'Did you mean breaking.options.fixedScale?'],
    [['training.optimizer.options.weightdecay=0'], 'Did you mean training.optimizer.options.weightDecay?'],
    [['training.schedule.id=cosine'], 'training.schedule.options.length must be a whole number above 0, got nothing'],
    [['training.schedule.id=cosin'], 'Did you mean "cosine"?'],
    [['dataset.options.limit.train=no'], 'train: dataset.options.limit.train must be a whole number above 0, got no'],
    [['architecture.options.affine=1'], 'architecture.options.affine must be true or false, got 1'],
    [['seed=-1'], 'train: seed must be a whole number from 0, got -1'],
  ])('%j is refused before anything starts', (overrides, message) => {
    expect(() => resolve(...overrides)).toThrow(message);
    expect(() => resolve(...overrides)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  test('another plugin does not get the options of the one before, wherever it is named', () => {
    const first = resolve('breaking.id=w', 'breaking.options.fixedPerUnit=8');
    const second = resolveExperiment('train', first, ['breaking.options.fixedScale=2', 'breaking.id=syre'], registry);
    expect(second.breaking).toEqual({ id: 'syre', options: { fixedScale: 2 }, initialisationOnly: false });
    expect(resolveExperiment('train', first, ['breaking.id=w'], registry)).toEqual(first);
  });
});
