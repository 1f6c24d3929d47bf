import { describe, expect, it } from 'vitest';
import {
  anomaliesBySeverity,
  boundsOf,
  casesOf,
  classesOf,
  forbiddenBy,
  isolationModel,
  isolationModels,
  isolationNames,
} from './isolation.ts';

const has = (model: string, anomaly: string) => forbiddenBy(model).has(anomaly);

describe('what models forbid', () => {
  it("is what Adya's levels do", () => {
    expect(anomaliesBySeverity.filter((name) => has('read-uncommitted', name))).toEqual([
      'duplicate-elements',
      'cyclic-versions',
      'G0',
    ]);
    expect(has('read-committed', 'G1c')).toBe(true);
    expect(has('read-committed', 'G-single-item')).toBe(false);
    expect(has('consistent-view', 'G-single-item')).toBe(true);
    expect(has('consistent-view', 'G2-item')).toBe(false);
    expect(has('repeatable-read', 'G2-item')).toBe(true);
    expect(has('repeatable-read', 'internal')).toBe(false);
    expect(has('snapshot-isolation', 'G-nonadjacent-item')).toBe(true);
    expect(has('snapshot-isolation', 'G2-item')).toBe(false);
    expect(has('serializable', 'G2-item')).toBe(true);
    expect(has('serializable', 'G2-item-process')).toBe(false);
    expect(has('strong-session-serializable', 'G2-item-process')).toBe(true);
    expect(has('strong-session-serializable', 'G2-item-realtime')).toBe(false);
    expect(has('strict-serializable', 'G0-realtime')).toBe(true);
  });

  it('grows with the model, and the strictest forbids all that can be found', () => {
    for (const anomaly of anomaliesBySeverity) {
      expect(has('strict-serializable', anomaly), anomaly).toBe(true);
      const { ruledOut, alsoRuledOut, mayHold } = boundsOf([anomaly]);
      const out = [...ruledOut, ...alsoRuledOut];
      expect(isolationModels.filter((model) => has(model, anomaly))).toEqual(
        isolationModels.filter((model) => out.includes(model)),
      );
      for (const model of mayHold) expect(has(model, anomaly)).toBe(false);
    }
  });

  it('has a place for every model: it may hold when nothing is found', () => {
    expect(boundsOf([])).toEqual({
      ruledOut: [],
      alsoRuledOut: [],
      mayHold: ['strict-serializable'],
    });
    expect(boundsOf(['G2-item'])).toMatchInlineSnapshot(`
      {
        "alsoRuledOut": [
          "serializable",
          "strong-session-serializable",
          "strict-serializable",
        ],
        "mayHold": [
          "strong-snapshot-isolation",
        ],
        "ruledOut": [
          "repeatable-read",
        ],
      }
    `);
  });
});

describe('names', () => {
  it('of classes stand for their cases, and the other way round', () => {
    expect([...casesOf(['G1'])].sort()).toMatchInlineSnapshot(`
      [
        "G0",
        "G1",
        "G1a",
        "G1b",
        "G1c",
        "dirty-update",
        "future-read",
        "incompatible-order",
      ]
    `);
    expect([...classesOf(['lost-update'])].sort()).toMatchInlineSnapshot(`
      [
        "G2",
        "G2-item",
        "G2-item-process",
        "G2-item-realtime",
        "G2-process",
        "G2-realtime",
        "lost-update",
        "write-skew",
      ]
    `);
  });

  it('of models may be those of others', () => {
    for (const name of isolationNames) expect(isolationModels).toContain(isolationModel(name));
    expect(isolationModel('PL-2.99')).toBe('repeatable-read');
    expect(isolationModel('strong-serializable')).toBe('strict-serializable');
    expect(isolationModel('acid')).toBeNull();
  });
});
