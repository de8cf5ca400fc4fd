import { describe, expect, test } from '@jest/globals';
import { choosePlacement } from './placement.js';
import type { ChooserOptions, Placement } from './placement.js';

/** Runs segments of 10 steps of 4 models until the placement is known; `seconds` per segment by devices, one more while it compiles. */
function tryOut(seconds: Record<number, number>, options: Partial<ChooserOptions> = {}): { devices: number[]; placement: Placement } {
  const chooser = choosePlacement({ wanted: 'auto', groups: 4, steps: 1e6, available: 4, ...options });
  const devices: number[] = [];
  for (let turn = 0; turn < 100; turn++) {
    const found = chooser.news();
    if (found !== null) {
      expect(chooser.news()).toBeNull();
      expect(chooser.width).toBe(found.devices);
      expect(chooser.next(4)).toBe(found.devices);
      return { devices, placement: found };
    }
    const now = chooser.next(4);
    const compiling = devices.includes(now) ? 0 : 1;
    chooser.took({ devices: now, groups: 4, models: 4, steps: 10, seconds: seconds[now]! + compiling });
    devices.push(now);
  }
  throw new Error('no placement');
}

describe('the trial of a placement', () => {
  test('takes turns and keeps what was faster, without the segments that compile', () => {
    const fast = tryOut({ 4: 0.4, 1: 0.8 });
    expect(fast.devices).toEqual([4, 4, 1, 1, 4, 1, 4, 1]);
    expect(fast.placement.devices).toBe(4);
    expect(fast.placement.trial).toEqual([
      { devices: 4, seconds: 0.01 },
      { devices: 1, seconds: 0.02 },
    ]);
    expect(tryOut({ 4: 0.8, 1: 0.4 }).placement.devices).toBe(1);
  });

  test('is left out where little is left to do', () => {
    const { devices, placement } = tryOut({ 4: 0.4, 1: 0.1 }, { steps: 4000 });
    expect(devices).toEqual([4, 4]);
    expect(placement).toEqual({ devices: 4 });
  });

  test('is left out where there is no choice: a number, one group, one device', () => {
    expect(choosePlacement({ wanted: 3, groups: 4, steps: 1e6, available: 4 }).news()).toEqual({ devices: 3 });
    expect(choosePlacement({ wanted: 3, groups: 2, steps: 1e6, available: 4 }).news()).toEqual({ devices: 2 });
    expect(choosePlacement({ wanted: 'auto', groups: 1, steps: 1e6, available: 4 }).news()).toEqual({ devices: 1 });
    expect(choosePlacement({ wanted: 'auto', groups: 4, steps: 1e6, available: 1 }).news(true)).toBeNull();
    expect(choosePlacement({ wanted: 'auto', groups: 4, steps: 1e6, available: 1 }).next(4)).toBe(1);
  });

  test('does not count segments of fewer groups than devices', () => {
    const chooser = choosePlacement({ wanted: 'auto', groups: 3, steps: 1e6, available: 2 });
    for (let turn = 0; turn < 20; turn++) {
      expect(chooser.next(1)).toBe(1);
      chooser.took({ devices: 1, groups: 1, models: 1, steps: 10, seconds: 1 });
    }
    expect(chooser.news()).toBeNull();
    expect(chooser.news(true)).toEqual({ devices: 2 });
  });

  test('more devices than there are are refused', () => {
    expect(() => choosePlacement({ wanted: 5, groups: 8, steps: 1, available: 4 })).toThrow(
      'training: at most the 4 devices of the engine, got 5',
    );
  });
});
