/** The engine in a worker of its own, so that a run can be stopped and the page never waits. */
import type { AgainPack, Answer, Request } from '../again/pack.ts';
import { unpack, unpackText } from './unpack.ts';

type Wish = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never;
type Said = Extract<Answer, { readonly ok: true }>;

/** What is wrong with what was asked, in words for people. */
export class Refusal extends Error {}

/** A run that was stopped. */
export class Stopped extends Error {}

interface Waiting {
  take(said: Said): void;
  fail(error: Error): void;
}

export class Runner {
  readonly pack: AgainPack;
  private readonly program: string;
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;

  private constructor(pack: AgainPack, program: Uint8Array<ArrayBuffer>) {
    this.pack = pack;
    this.program = URL.createObjectURL(new Blob([program], { type: 'text/javascript' }));
  }

  /** Unpacks the engine. Throws if the page carries none. */
  static async start(): Promise<Runner> {
    const [pack, program] = await Promise.all([unpackText('pack'), unpack('engine')]);
    if (pack === null || program === null) throw new Error('the page carries no engine');
    return new Runner(JSON.parse(pack) as AgainPack, program);
  }

  ask(wish: Wish): Promise<Said> {
    const id = ++this.asked;
    return new Promise((take, fail) => {
      this.waiting.set(id, { take, fail });
      this.working().postMessage({ ...wish, id });
    });
  }

  /** Ends whatever runs; the next question starts another worker. */
  stop(): void {
    this.worker?.terminate();
    this.worker = null;
    this.failAll(new Stopped('stopped'));
  }

  private failAll(error: Error): void {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const { fail } of all) fail(error);
  }

  private working(): Worker {
    if (this.worker !== null) return this.worker;
    const worker = new Worker(this.program);
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const waiting = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (data.ok) waiting?.take(data);
      else waiting?.fail(new Refusal(data.why));
    };
    worker.onerror = ({ message }) =>
      this.failAll(new Refusal(message || 'the engine did not start'));
    worker.postMessage(this.pack);
    this.worker = worker;
    return worker;
  }
}
