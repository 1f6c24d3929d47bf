/** What a scenario shows over time: its metrics, measured in each cell of the timeline. */
import type { Facts } from '../../checks/checker.ts';
import type { History } from '../../sim/history.ts';
import type { Series } from '../result.ts';
import type { SeriesSpec } from '../scenario.ts';

/**
 * Cells share the duration equally, on whole µs. Each is a window of its own, so that a cell holds
 * just what an expectation `during` it would measure.
 */
export function seriesOf(
  show: readonly SeriesSpec[],
  cells: number,
  history: History,
  facts: Facts,
): readonly Series[] {
  const edgeUs = (cell: number) => Math.floor((cell * facts.durationUs) / cells);
  return show.map(({ text, metric, args }) => {
    const measured = Array.from({ length: cells }, (_, cell) => {
      const window = { fromUs: edgeUs(cell), untilUs: edgeUs(cell + 1) };
      return metric.measure(args, [window], history, facts);
    });
    return {
      name: text,
      unit: metric.unit,
      values: measured.map(({ value, isUnknown }) => (isUnknown === true ? null : value)),
      isUnknown: measured.some(({ isUnknown }) => isUnknown === true),
    };
  });
}
