/**
 * Whether to colour, whether to draw in ASCII, and how wide: decided once for each output, from
 * options first, then the environment, then the terminal. `FORCE_COLOR` and `NO_COLOR` as
 * force-color.org and no-color.org have them.
 */
import type { ColorChoice } from './arguments.ts';
import type { Host, Output } from './host.ts';

export interface LookOptions {
  readonly color: ColorChoice;
  readonly ascii: boolean;
}

type Environment = Host['env'];

/**
 * The option, then FORCE_COLOR (anything but 0), NO_COLOR (not empty), TERM=dumb, then whether it
 * is a terminal.
 */
export function usesColor(choice: ColorChoice, env: Environment, isTTY: boolean): boolean {
  if (choice !== 'auto') return choice === 'always';
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  return isTTY && env['TERM'] !== 'dumb';
}

/** A locale that is set and is not UTF-8. Where none is set, terminals of today take UTF-8. */
export function usesAscii(asked: boolean, env: Environment): boolean {
  if (asked) return true;
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(
    (value) => (value ?? '') !== '',
  );
  return locale !== undefined && !/utf-?8/i.test(locale);
}

const WIDTH_PIPED = 80;

/** The terminal's width (0: nobody told it), or COLUMNS, or 80. */
export function widthOf(output: Output, env: Environment): number {
  const told = Number(env['COLUMNS']);
  return output.columns || (Number.isSafeInteger(told) && told > 0 ? told : WIDTH_PIPED);
}

/** What `createInk` takes, for one output. */
export function inkOptions(output: Output, looks: LookOptions, env: Environment) {
  return {
    color: usesColor(looks.color, env, output.isTTY),
    ascii: usesAscii(looks.ascii, env),
    width: widthOf(output, env),
  };
}
