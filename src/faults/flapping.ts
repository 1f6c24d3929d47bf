/**
 * Flapping: links go down and come up again, over and over, each spell for a time drawn again. What
 * is worse than a link that is down is one that comes back just long enough to be believed.
 */
import { defineFault, type Levers, type Release } from '../sim/fault.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { LINK_PARAMS } from './parts/link-faults.ts';
import { describeLinks, type Link, selectLinks } from './parts/select.ts';

const params = defineParams({
  ...LINK_PARAMS,
  nodes: { type: 'selector', doc: 'Whose links, all together, flap.', default: 'one' },
  down: {
    type: 'distribution',
    doc: 'How long they are down each time.',
    default: { kind: 'exponential', mean: 1000, min: 0 },
  },
  up: {
    type: 'distribution',
    doc: 'How long they are up each time.',
    default: { kind: 'exponential', mean: 1000, min: 0 },
  },
  shortest: {
    type: 'duration',
    doc: 'No spell, up or down, is shorter than this.',
    default: 100,
    min: 1,
  },
});

export default defineFault({
  name: 'flapping',
  summary: 'Takes links down and up again, over and over.',
  family: 'network',
  params,
  shorthand: 'nodes',
  inject(levers, given) {
    const links = selectLinks(levers, given.nodes, given.to);
    if (links === null) return null;
    goDown(levers, given, links);
    const label = describeLinks(links, levers, given.to !== undefined);
    return { label, sides: [], detail: { links: links.length } };
  },
});

type FlappingParams = Params<typeof params>;

function goDown(levers: Levers, given: FlappingParams, links: readonly Link[]): void {
  const cuts = links.map(({ from, to }) => levers.cut(from, to));
  const spellMs = Math.max(given.shortest, levers.random.draw(given.down));
  levers.after(spellMs, () => goUp(levers, given, links, cuts));
}

function goUp(
  levers: Levers,
  given: FlappingParams,
  links: readonly Link[],
  cuts: readonly Release[],
): void {
  for (const release of cuts) release();
  const spellMs = Math.max(given.shortest, levers.random.draw(given.up));
  levers.after(spellMs, () => goDown(levers, given, links));
}
