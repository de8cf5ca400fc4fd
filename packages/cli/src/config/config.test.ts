import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { applyOverrides } from './override.js';
import { parseConfig } from './parse.js';

const schema = z.strictObject({
  model: z
    .strictObject({ width: z.number().int().positive().default(512), norm: z.enum(['layer', 'batch']).default('layer') })
    .prefault({}),
  networks: z.array(z.strictObject({ id: z.string() })).default([]),
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
    [{ model: { witdh: 3 } }, 'x: a known key of model, got witdh. Did you mean width?'],
    [{ modle: {} }, 'x: a known key, got modle. Did you mean model?'],
    [{ model: { norm: 'layr' } }, 'got layr. Did you mean layer?'],
    [{ model: { width: -1 } }, 'x: model.width must be valid (Too small: expected number to be >0), got -1'],
    [{ model: { width: '256px' } }, 'got 256px'],
    [{ networks: [{ id: 3 }] }, 'x: networks.0.id must be valid (expected string, received number), got 3'],
    [null, 'x: the configuration must be valid'],
  ])('%j is refused by name', (value, message) => {
    expect(() => parseConfig('x', schema, value)).toThrow(message);
    expect(() => parseConfig('x', schema, value)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});
