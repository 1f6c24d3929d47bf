/**
 * The colours of a page, light and dark. Every meaning has a shape and a word besides; a test holds
 * the contrast of each with its ground, and the distance of those that mean different things, also
 * as people see them who lack green-sensitive cones.
 */

export interface Theme {
  readonly ground: string;
  readonly panel: string;
  readonly ink: string;
  readonly soft: string;
  readonly faint: string;
  readonly rule: string;
  /** Fills and marks of outcomes. */
  readonly ok: string;
  readonly unknown: string;
  readonly bad: string;
  /** Leaders, by their order in turn, and what is written on them. */
  readonly leaders: readonly [string, string];
  readonly onLeader: string;
  /** Types of messages that are rare; frequent ones are `grey`. */
  readonly kinds: readonly [string, string, string, string, string];
  readonly grey: string;
  /** Grounds of the head by state. */
  readonly headHeld: string;
  readonly headBad: string;
  readonly headUnsure: string;
  /** A fault holds; time is folded. */
  readonly band: string;
  readonly seam: string;
  /** Where many messages are: light and full. */
  readonly traffic: string;
  /** Causes and effects of what is selected. */
  readonly past: string;
  readonly future: string;
}

export const light: Theme = {
  ground: '#ffffff',
  panel: '#fbfcfd',
  ink: '#18202b',
  soft: '#566171',
  faint: '#667180',
  rule: '#d9dee6',
  ok: '#0b6bb3',
  unknown: '#b98500',
  bad: '#b01030',
  leaders: ['#4b2e83', '#00594a'],
  onLeader: '#ffffff',
  kinds: ['#8a3b6b', '#1d7a4c', '#2f5fb3', '#8f5a00', '#5b4ba8'],
  grey: '#7d8797',
  headHeld: '#eef5fd',
  headBad: '#fdeff1',
  headUnsure: '#fdf6e7',
  band: '#fcf3f4',
  seam: '#eceff4',
  traffic: '#5f6f8c',
  past: '#0b6bb3',
  future: '#8f5a00',
};

export const dark: Theme = {
  ground: '#12161c',
  panel: '#171c24',
  ink: '#e8edf4',
  soft: '#a7b1bf',
  faint: '#8b96a5',
  rule: '#2b3340',
  ok: '#5fb4f2',
  unknown: '#f0b04a',
  bad: '#ff7a52',
  leaders: ['#a583f7', '#4fcfa6'],
  onLeader: '#12161c',
  kinds: ['#e58bb8', '#5fd08f', '#8fb2ff', '#e0b15a', '#b7a6ff'],
  grey: '#7c8898',
  headHeld: '#14233a',
  headBad: '#2d1915',
  headUnsure: '#2b2414',
  band: '#201a1d',
  seam: '#1d232c',
  traffic: '#8797b4',
  past: '#5fb4f2',
  future: '#f0b04a',
};

/** As custom properties of CSS: `--ink:#18202b;…`; lists are numbered from 0. */
export function cssVariables(theme: Theme): string {
  return Object.entries(theme)
    .flatMap(([name, value]: [string, string | readonly string[]]) =>
      typeof value === 'string'
        ? [`--${name}:${value}`]
        : value.map((each, i) => `--${name}${i}:${each}`),
    )
    .join(';');
}
