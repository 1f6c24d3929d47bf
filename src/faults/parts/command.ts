/**
 * An operator's command to nodes. It is timed and aimed like a fault and is none: it hurts nobody,
 * and no count, window or budget of faults includes it.
 */
import { defineFault } from '../../sim/fault.ts';
import { defineParams, type Params } from '../../sim/params.ts';
import { select } from './select.ts';

/** Beside the one key that names the command. */
export const COMMAND_PARAMS = defineParams({
  to: { type: 'selector', doc: 'The nodes that get it.' },
});

/** What a scenario says of a command. */
export interface CommandParams extends Params<typeof COMMAND_PARAMS> {
  readonly command: string;
  readonly given: { readonly [param: string]: unknown };
  /** The parameters as written, for people: `kv-4`. */
  readonly text: string;
}

export const commandAction = defineFault({
  name: 'command',
  summary: 'Gives a command of an operator to nodes.',
  family: 'operator',
  action: true,
  params: COMMAND_PARAMS,
  shorthand: null,
  inject(levers, params) {
    const { to, command, given, text } = params as CommandParams;
    const nodes = select(levers, to);
    if (nodes === null) return null;
    const answers = nodes.map((node) => ({ node, why: levers.command(node, command, given) }));
    const heard = answers.flatMap(({ node, why }) => (why === null ? [node] : []));
    const unheard = answers.flatMap(({ node, why }) => (why === null ? [] : [`${node} ${why}`]));
    const what = text === '' ? command : `${command} ${text}`;
    const label = `${what} to ${nodes.join(' ')}`;
    return { label, sides: [], detail: { command, heard, unheard }, lastsMs: 0 };
  },
});
