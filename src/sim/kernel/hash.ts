/** STAND-IN by the lead so that the kernel runs; the author of the numeric foundation replaces this file whole. */
export function hash32(text: string): number {
  let h = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
}
export class Digest {
  private a = 1;
  private b = 2;
  private step(x: number, y: number): void {
    let a = Math.imul(this.a ^ x, 0xcc9e2d51);
    a = Math.imul((((a << 15) | (a >>> 17)) + y) | 0, 0x1b873593);
    this.b = ((this.b << 13) | (this.b >>> 19)) ^ a;
    this.a = (a + this.b) | 0;
  }
  /** One record on the hot path: a time in whole us and three words. */
  event(at: number, x: number, y: number, z: number): void {
    this.step(at | 0, (at / 4294967296) | 0);
    this.step(x ^ Math.imul(z, 0x85ebca6b), y);
  }
  time(us: number): void {
    this.step(us | 0, (us / 4294967296) | 0);
  }
  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.step(text.charCodeAt(i), i);
  }
  hex(): string {
    return (this.a >>> 0).toString(16).padStart(8, '0') + (this.b >>> 0).toString(16).padStart(8, '0');
  }
}
