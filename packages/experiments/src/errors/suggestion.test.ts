import { expect, test } from '@jest/globals';
import { suggestion } from './suggestion.js';

test('names what was meant, or all that is known where nothing is near', () => {
  expect(suggestion('epohcs', ['seed', 'epochs'])).toBe('Did you mean epochs?');
  expect(suggestion('qqqqqqqqqqqq', ['epochs', 'seed'])).toBe('Known: epochs, seed');
});
