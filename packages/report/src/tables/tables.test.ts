import { describe, expect, test } from '@jest/globals';
import { formatNumber, formatWithError } from './table.js';
import { htmlTable } from './html-table.js';
import { textTable } from './text-table.js';

const table = {
  columns: [{ header: 'network' }, { header: 'accuracy', align: 'right' as const }],
  rows: [
    ['standard', 97.25],
    ['w', null],
  ],
};

describe('textTable', () => {
  test('aligns columns and leaves no trailing spaces', () => {
    expect(textTable(table)).toBe('network   accuracy\n────────  ────────\nstandard     97.25\nw                –\n');
  });

  test('puts a caption above', () => {
    expect(textTable({ ...table, caption: 'Mean over pairs' }).startsWith('Mean over pairs\n\nnetwork')).toBe(true);
  });

  test('drops terminal control sequences and line breaks in cells', () => {
    const text = textTable({ columns: [{ header: 'a' }], rows: [['\u001b[31mred\u0007\nnext']] });
    expect(text).toBe('a\n─────────────\n[31mred next\n'.replace('─'.repeat(13), '─'.repeat(12)));
  });
});

describe('htmlTable', () => {
  test('escapes every text', () => {
    const html = htmlTable({ caption: '<i>', columns: [{ header: '"&' }], rows: [['<script>'], ["'"]] });
    expect(html).not.toMatch(/<i>|<script>/);
    expect(html).toContain('<caption>&lt;i&gt;</caption>');
    expect(html).toContain('&quot;&amp;');
    expect(html).toContain('&#39;');
  });

  test('marks header cells of columns and rows', () => {
    const html = htmlTable(table);
    expect(html).toContain('<th scope="col" class="number">accuracy</th>');
    expect(html).toContain('<th scope="row">standard</th><td class="number">97.25</td>');
  });
});

describe('numbers', () => {
  test.each([
    [0, '0'],
    [-0, '0'],
    [97.254321, '97.25'],
    [1234567, '1.23e+6'],
    [0.00001, '1.00e-5'],
    [60000, '60000'],
    [NaN, 'NaN'],
    [-Infinity, '-Infinity'],
  ])('%p is shown as %p', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  test('mean and error carry the same decimals; minus zero and a missing error do not show', () => {
    expect(formatWithError(-6.128, 0.4)).toBe('-6.13 ± 0.40');
    expect(formatWithError(-0.001, null)).toBe('0.00');
    expect(formatWithError(NaN, null)).toBe('NaN');
  });
});
