/** A small picture of coloured cells, drawn in one go: thousands of rectangles cost too much. */

export class Raster {
  readonly columns: number;
  readonly rows: number;
  private readonly pixels: ImageData;

  constructor(columns: number, rows: number) {
    this.columns = Math.max(1, columns);
    this.rows = Math.max(1, rows);
    this.pixels = new ImageData(this.columns, this.rows);
  }

  /** `colour` as `#rrggbb`, `alpha` from 0 to 1. */
  set(column: number, row: number, colour: string, alpha: number): void {
    const bits = Number.parseInt(colour.slice(1), 16);
    const at = 4 * (row * this.columns + column);
    const { data } = this.pixels;
    data[at] = bits >> 16;
    data[at + 1] = (bits >> 8) & 0xff;
    data[at + 2] = bits & 0xff;
    data[at + 3] = Math.round(alpha * 255);
  }

  /** A canvas to draw from, without smoothing: a row must not bleed into the next. */
  painted(): HTMLCanvasElement {
    const canvas = document.createElement('canvas');
    canvas.width = this.columns;
    canvas.height = this.rows;
    canvas.getContext('2d')?.putImageData(this.pixels, 0, 0);
    return canvas;
  }
}
