import { describe, expect, test } from '@jest/globals';
import { nearest, suggestion } from './nearest.js';

describe('nearest', () => {
  test.each([
    ['epohcs', 'epochs'],
    ['Epochs', 'epochs'],
    ['learningrate', 'learningRate'],
    ['mnist-mpl-lmc', 'mnist-mlp-lmc'],
  ])('%s is meant as %s', (name, meant) => {
    expect(nearest(name, ['batchSize', 'epochs', 'learningRate', 'mnist-mlp-lmc'])).toBe(meant);
  });

  test('nothing is near an unrelated name', () => {
    expect(nearest('zzzz', ['epochs', 'batchSize'])).toBeUndefined();
    expect(nearest('x', [])).toBeUndefined();
  });

  test('the suggestion lists what is known where nothing is near', () => {
    expect(suggestion('epoch', ['epochs', 'seed'])).toBe('Did you mean epochs?');
    expect(suggestion('qqqqq', ['epochs', 'seed'])).toBe('Known: epochs, seed');
  });
});
