/** Stops of a scale from dark blue to pale yellow, evenly bright to colour-blind readers; values between are mixed. */
const sequential = [
  [29, 32, 84],
  [33, 84, 130],
  [52, 137, 140],
  [116, 186, 128],
  [200, 222, 138],
  [252, 246, 190],
] as const;

/** Stops from blue over near white to orange, for values on both sides of 0. */
const diverging = [
  [24, 63, 140],
  [92, 137, 201],
  [178, 203, 230],
  [245, 244, 240],
  [243, 196, 150],
  [215, 119, 53],
  [138, 56, 10],
] as const;

export type Rgb = readonly [red: number, green: number, blue: number];

/** The colour of values that are not numbers. */
const missing: Rgb = [153, 153, 153];

/** What colour a value has, each channel in [0, 255]; values outside the range have the colour of its end. */
export function colorScale({ low, high, around0 = false }: { low: number; high: number; around0?: boolean }): (value: number) => Rgb {
  const stops = around0 ? diverging : sequential;
  return (value) => {
    if (!Number.isFinite(value)) return missing;
    const share = high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : around0 ? 0.5 : 0;
    const at = share * (stops.length - 1);
    const index = Math.min(Math.floor(at), stops.length - 2);
    const [from, to] = [stops[index]!, stops[index + 1]!];
    const mix = (channel: 0 | 1 | 2): number => Math.round(from[channel] + (at - index) * (to[channel] - from[channel]));
    return [mix(0), mix(1), mix(2)];
  };
}

/** As CSS writes it. */
export const cssColor = (rgb: Rgb): string => `rgb(${rgb.join(',')})`;
