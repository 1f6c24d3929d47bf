// Contrast by WCAG 2.2, success criteria 1.4.3 and 1.4.11; distance in OKLab (Ottosson 2020), also
// as people without green-sensitive cones see it (Viénot, Brettel and Mollon 1999).
import { describe, expect, test } from 'vitest';
import { dark, light, type Theme } from './theme.ts';

type Rgb = readonly [number, number, number];

function linear(hex: string): Rgb {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function luminance(hex: string): number {
  const [r, g, b] = linear(hex);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, two: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(two)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const clamp = (value: number) => Math.min(1, Math.max(0, value));

/** Without green-sensitive cones. */
function deuteranope([r, g, b]: Rgb): Rgb {
  return [
    clamp(0.29275 * r + 0.70725 * g - 0.02978 * b),
    clamp(0.29275 * r + 0.70725 * g + 0.02978 * b),
    clamp(-0.02233 * r + 0.02233 * g + b),
  ];
}

function oklab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function distance(one: Rgb, two: Rgb): number {
  const [a, b] = [oklab(one), oklab(two)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

const themes: readonly (readonly [string, Theme])[] = [
  ['light', light],
  ['dark', dark],
];

describe.each(themes)('%s', (_name, theme) => {
  const grounds = [
    theme.ground,
    theme.panel,
    theme.headHeld,
    theme.headBad,
    theme.headUnsure,
    theme.band,
    theme.seam,
  ];

  test.each(['ink', 'soft'] as const)('%s is read on every ground', (name) => {
    for (const ground of grounds) expect(contrast(theme[name], ground)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(['faint', 'bad', 'ok'] as const)('%s is read on the ground and the panel', (name) => {
    for (const ground of [theme.ground, theme.panel]) {
      expect(contrast(theme[name], ground)).toBeGreaterThanOrEqual(4.5);
    }
  });

  test('marks and lines are seen', () => {
    const marks = [theme.unknown, theme.grey, theme.traffic, ...theme.leaders, ...theme.kinds];
    for (const mark of marks) expect(contrast(mark, theme.ground)).toBeGreaterThanOrEqual(3);
    for (const leader of theme.leaders) {
      expect(contrast(theme.onLeader, leader)).toBeGreaterThanOrEqual(4.5);
    }
  });

  test('what means different things is told apart, with and without green-sensitive cones', () => {
    const meanings = [theme.ok, theme.unknown, theme.bad, theme.leaders[0], theme.leaders[1]];
    meanings.forEach((one, i) => {
      for (const two of meanings.slice(i + 1)) {
        expect(distance(linear(one), linear(two)), `${one} ${two}`).toBeGreaterThan(0.12);
        const apart = distance(deuteranope(linear(one)), deuteranope(linear(two)));
        expect(apart, `${one} ${two} to a deuteranope`).toBeGreaterThan(0.05);
      }
    });
  });
});
