/**
 * What a tree of flows does, from the page of `FlowContext` alone: by recursion over the tree, with
 * times, and without running anything. A run of a part of the tree is a list of what it says, and
 * what it would say if it were cancelled at some moment.
 */

export type Tree =
  | { readonly kind: 'nap'; readonly us: number }
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'fail'; readonly us: number }
  | { readonly kind: 'seq'; readonly parts: readonly Tree[] }
  | { readonly kind: 'all'; readonly parts: readonly Tree[] }
  | { readonly kind: 'race'; readonly parts: readonly Tree[]; readonly accepts: boolean }
  | { readonly kind: 'finally'; readonly body: Tree; readonly text: string }
  | { readonly kind: 'catch'; readonly body: Tree }
  | {
      readonly kind: 'fork';
      readonly body: Tree;
      /** Naps for so long, and then cancels what it has forked. */
      readonly thenUs: number;
      readonly cancels: boolean;
    };

/** With `accept`, a race is won by an even value. */
export const isAccepted = (value: number): boolean => value % 2 === 0;

type Said =
  | { readonly atUs: number; readonly text: string }
  | { readonly atUs: number; readonly forks: object; readonly body: Tree }
  | { readonly atUs: number; readonly cancels: object };

interface Run {
  readonly endUs: number;
  /** null: it has failed. */
  readonly value: number | null;
  readonly said: readonly Said[];
  /** What its `finally` blocks say if it is cancelled then, before its end. */
  cancelled(atUs: number): readonly Said[];
}

/** What happens until a moment, that moment included. */
const until = (run: Run, atUs: number): readonly Said[] =>
  run.said.filter((one) => one.atUs <= atUs);

/** The runs of parts side by side up to a moment, at which the open ones are cancelled. */
function stopped(runs: readonly Run[], atUs: number): readonly Said[] {
  const before = inOrder(runs.flatMap((run) => until(run, atUs)));
  const open = runs.filter(({ endUs }) => endUs > atUs);
  return [...before, ...open.flatMap((run) => run.cancelled(atUs))];
}

const inOrder = (said: readonly Said[]): readonly Said[] =>
  said.toSorted((one, other) => one.atUs - other.atUs);

export class FlowsModel {
  /** Two naps end in one microsecond: what comes first is not said. */
  tied = false;
  readonly #ends = new Set<number>();

  /** A nap ends in this microsecond. */
  endsAt(us: number): boolean {
    return this.#ends.has(us);
  }

  /** What is said from the start on, in order. */
  lines(tree: Tree): readonly string[] {
    return inOrder(this.#whole(this.#run(tree, 0).said)).flatMap((one) =>
      'text' in one ? [`${one.atUs} ${one.text}`] : [],
    );
  }

  /** With what it has forked, each up to its end, or until it is cancelled. */
  #whole(said: readonly Said[]): readonly Said[] {
    return said.flatMap((one): readonly Said[] => {
      if (!('forks' in one)) return [one];
      const run = this.#run(one.body, one.atUs);
      const end = said.find((other) => 'cancels' in other && other.cancels === one.forks);
      const own = end === undefined || end.atUs >= run.endUs ? run.said : stopped([run], end.atUs);
      return this.#whole(own);
    });
  }

  #nap(fromUs: number, us: number): number {
    const endUs = fromUs + us;
    if (this.#ends.has(endUs)) this.tied = true;
    this.#ends.add(endUs);
    return endUs;
  }

  #run(tree: Tree, atUs: number): Run {
    switch (tree.kind) {
      case 'nap':
        return { endUs: this.#nap(atUs, tree.us), value: tree.us, said: [], cancelled: () => [] };
      case 'fail':
        return { endUs: this.#nap(atUs, tree.us), value: null, said: [], cancelled: () => [] };
      case 'say': {
        const said = [{ atUs, text: tree.text }];
        return { endUs: atUs, value: 0, said, cancelled: () => [] };
      }
      case 'seq':
        return this.#seq(tree.parts, atUs);
      case 'all':
        return this.#all(tree.parts, atUs);
      case 'race':
        return this.#race(tree.parts, tree.accepts, atUs);
      case 'finally': {
        const body = this.#run(tree.body, atUs);
        const last = (us: number) => [{ atUs: us, text: tree.text }];
        return {
          ...body,
          said: [...body.said, ...last(body.endUs)],
          cancelled: (us) => [...body.cancelled(us), ...last(us)],
        };
      }
      case 'catch': {
        const body = this.#run(tree.body, atUs);
        if (body.value !== null) return body;
        return { ...body, value: -1, said: [...body.said, { atUs: body.endUs, text: 'caught' }] };
      }
      case 'fork': {
        const fork = {};
        const endUs = this.#nap(atUs, tree.thenUs);
        const said: Said[] = [{ atUs, forks: fork, body: tree.body }];
        if (tree.cancels) said.push({ atUs: endUs, cancels: fork });
        return { endUs, value: tree.thenUs, said, cancelled: () => [] };
      }
    }
  }

  #seq(parts: readonly Tree[], atUs: number): Run {
    const runs: Run[] = [];
    let endUs = atUs;
    for (const part of parts) {
      const run = this.#run(part, endUs);
      runs.push(run);
      endUs = run.endUs;
      if (run.value === null) break;
    }
    return {
      endUs,
      value: runs.at(-1)?.value ?? null,
      said: runs.flatMap(({ said }) => said),
      cancelled: (us) => runs.find((run) => run.endUs > us)?.cancelled(us) ?? [],
    };
  }

  #all(parts: readonly Tree[], atUs: number): Run {
    const runs = parts.map((part) => this.#run(part, atUs));
    const failedUs = Math.min(...runs.filter(({ value }) => value === null).map((r) => r.endUs));
    if (failedUs < Infinity) return this.#side(runs, failedUs, null);
    const endUs = Math.max(...runs.map((run) => run.endUs));
    return this.#side(
      runs,
      endUs,
      runs.reduce((sum, { value }) => sum + (value ?? 0), 0),
    );
  }

  #race(parts: readonly Tree[], accepts: boolean, atUs: number): Run {
    const runs = parts.map((part) => this.#run(part, atUs));
    const byEnd = runs.toSorted((one, other) => one.endUs - other.endUs);
    const winner =
      byEnd.find(({ value }) => value === null || !accepts || isAccepted(value)) ?? byEnd.at(-1);
    return this.#side(runs, (winner as Run).endUs, (winner as Run).value);
  }

  #side(runs: readonly Run[], endUs: number, value: number | null): Run {
    return {
      endUs,
      value,
      said: stopped(runs, endUs),
      cancelled: (us) => runs.filter((run) => run.endUs > us).flatMap((run) => run.cancelled(us)),
    };
  }
}
