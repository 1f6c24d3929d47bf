/** STAND-IN by the lead so that the kernel runs; the author of the numeric foundation replaces this file whole. */
import seedrandom from 'seedrandom';
import type { DistributionSpec } from '../distribution.ts';
import type { Random } from '../node.ts';
import { compile, type Distribution } from './distribution.ts';
import { hash32 } from './hash.ts';

export class Streams {
  private readonly root: number;
  private readonly made = new Map<string, Stream>();
  constructor(seed: string) {
    this.root = seedrandom(`dsim/v1/${seed}\0`).int32();
  }
  make(name: string): Stream {
    return new Stream(this.root, hash32(name));
  }
  get(name: string): Stream {
    let s = this.made.get(name);
    if (s === undefined) {
      s = this.make(name);
      this.made.set(name, s);
    }
    return s;
  }
}
export class Stream implements Random {
  private a: number;
  private b: number;
  private c: number;
  private d: number;
  private readonly compiled = new Map<DistributionSpec, Distribution>();
  constructor(root: number, name: number) {
    this.a = root | 0;
    this.b = name | 0;
    this.c = 0x243f6a88;
    this.d = 1;
    for (let i = 0; i < 15; i++) this.next();
  }
  load(ints: Int32Array, at: number): void {
    this.a = ints[at]!;
    this.b = ints[at + 1]!;
    this.c = ints[at + 2]!;
    this.d = ints[at + 3]!;
  }
  store(ints: Int32Array, at: number): void {
    ints[at] = this.a;
    ints[at + 1] = this.b;
    ints[at + 2] = this.c;
    ints[at + 3] = this.d;
  }
  next(): number {
    const t = (((this.a + this.b) | 0) + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + t) | 0;
    return t >>> 0;
  }
  unit(): number {
    return this.next() / 4294967296;
  }
  int(min: number, max: number): number {
    return min + Math.floor(this.unit() * (max - min + 1));
  }
  between(min: number, max: number): number {
    return min + this.unit() * (max - min);
  }
  chance(p: number): boolean {
    return this.unit() < p;
  }
  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)] as T;
  }
  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.unit());
  }
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
  }
  draw(spec: DistributionSpec): number {
    let d = this.compiled.get(spec);
    if (d === undefined) {
      d = compile(spec);
      this.compiled.set(spec, d);
    }
    return d.sample(this);
  }
}
