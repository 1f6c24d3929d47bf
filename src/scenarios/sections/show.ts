/** The section `show`: metrics and measures that are drawn over time. */
import type { SeriesSpec } from '../scenario.ts';
import { quote } from '../text/diagnostic.ts';
import type { SourceEntry, SourceNode } from '../text/source.ts';
import { spotIn } from './checker-arguments.ts';
import { listItems, type ParseContext } from './context.ts';
import { parseSeries } from './expectation-grammar.ts';
import { MetricNames } from './metric-names.ts';
import type { Run } from './scenario-names.ts';

const EXAMPLE = '- p99(read)';
/** A gauge or sample that stands alone is drawn by this. */
const BARE = 'mean';

export function readShow(
  section: SourceEntry | null,
  run: Run,
  context: ParseContext,
): readonly SeriesSpec[] {
  const names = new MetricNames(run, context);
  return listItems(section, context, EXAMPLE).flatMap((item) => readSeries(item, names, context));
}

function readSeries(
  item: SourceNode,
  names: MetricNames,
  { diagnostics }: ParseContext,
): readonly SeriesSpec[] {
  if (item.kind !== 'scalar') {
    const what = `what is shown is the name of a metric, and this is a ${item.kind}`;
    diagnostics.error('DS153', item.spot, what, { help: [`for example \`${EXAMPLE}\``] });
    return [];
  }
  if (item.failed) return [];
  const parsed = parseSeries(item.text);
  if (!parsed.ok) {
    const { at, message, help } = parsed.problem;
    diagnostics.error('DS153', spotIn(item, at), message, { notes: item.notes, help: [help] });
    return [];
  }
  const { name, args } = parsed.value;
  const metric = names.find(name, args, item, BARE);
  if (metric === null) return [];
  const meant = names.args(metric, args, name, item);
  if (meant === null) return [];
  if (metric.overTime !== false) return [{ text: item.text.trim(), metric, args: meant }];
  diagnostics.error('DS153', spotIn(item, name), `${quote(name.text)} is not drawn over time`, {
    notes: [...item.notes, 'it says nothing about short stretches of time'],
  });
  return [];
}
