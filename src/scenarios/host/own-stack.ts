/** From places in a bundle to places in the files that it was made from. */
import { SourceMap, type SourceMapPayload } from 'node:module';
import { resolve } from 'node:path';
import type { OwnBundle } from './own-bundle.ts';

/** A place in a source: absolute path, line from 1, column from 1. */
export interface SourcePlace {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** The last of each bundle, by what it is called in stacks. */
const stacks = new Map<string, OwnStack>();

/** `store.ts:14`, for a line of a bundle; null for a file that is none, or a line of no source. */
export function sourceLine(filename: string, line: number): string | null {
  return stacks.get(filename)?.lineOf(line) ?? null;
}

export class OwnStack {
  private readonly map: SourceMap;
  private readonly folder: string;
  private readonly pattern: RegExp;
  private readonly nameOf: (path: string) => string;

  /** `filename` is what the bundle is called in stacks, `nameOf` what people call a source. */
  constructor(bundle: OwnBundle, filename: string, nameOf: (path: string) => string) {
    this.map = new SourceMap(JSON.parse(bundle.map) as SourceMapPayload);
    this.folder = bundle.folder;
    const escaped = filename.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    this.pattern = new RegExp(`${escaped}:(\\d+):(\\d+)`, 'g');
    this.nameOf = nameOf;
    stacks.set(filename, this);
  }

  /** Where the last statement of a line of the bundle stands. */
  lineOf(line: number): string | null {
    const place = this.placeOf(line, Number.MAX_SAFE_INTEGER);
    return place === null ? null : `${this.nameOf(place.path)}:${place.line}`;
  }

  /**
   * Puts sources in place of the bundle in an error's stack, and leaves away the frames of others:
   * nobody can do anything about dsim's own. Leaves a stack alone that has no place in a source.
   */
  explain(error: unknown): void {
    if (!(error instanceof Error) || typeof error.stack !== 'string') return;
    if (error.stack.search(this.pattern) === -1) return;
    const value = this.portable(error.stack);
    Object.defineProperty(error, 'stack', { value, configurable: true, writable: true });
  }

  /**
   * A text that may hold stacks, as it is on every machine: with sources in place of the bundle,
   * and without the lines of dsim itself.
   */
  portable(text: string): string {
    if (text.search(this.pattern) === -1) return text;
    const lines = text.split('\n').filter((line) => {
      return !/^ +at /.test(line) || line.search(this.pattern) !== -1;
    });
    return lines.join('\n').replace(this.pattern, (bundled, line, column) => {
      const place = this.placeOf(Number(line), Number(column));
      if (place === null) return bundled;
      return `${this.nameOf(place.path)}:${place.line}:${place.column}`;
    });
  }

  /** The innermost place of a stack that lies in a source; before `explain`. */
  innermost(error: unknown): SourcePlace | null {
    if (!(error instanceof Error)) return null;
    for (const [, line, column] of (error.stack ?? '').matchAll(this.pattern)) {
      const place = this.placeOf(Number(line), Number(column));
      if (place !== null) return place;
    }
    return null;
  }

  private placeOf(line: number, column: number): SourcePlace | null {
    const entry = this.map.findEntry(line - 1, column - 1);
    if (!('originalSource' in entry)) return null;
    const { originalSource, originalLine, originalColumn } = entry;
    const path = resolve(this.folder, originalSource);
    return { path, line: originalLine + 1, column: originalColumn + 1 };
  }
}
