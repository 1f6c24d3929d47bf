/** A page of many runs: a click runs one of them here, and shows it until its reader goes back. */
import type { Asked } from '../again/pack.ts';
import { linesOf } from '../message-bodies.ts';
import { RunData } from '../run-data.ts';
import { button, copyFrom, make } from './dom.ts';
import { Page, toggleTheme } from './page.ts';
import { Runner, Stopped } from './runner.ts';
import { element, unpackText } from './unpack.ts';

export async function startComparison(): Promise<void> {
  const text = await unpackText('runs');
  new ComparisonPage(JSON.parse(text ?? '[]') as readonly Asked[]);
}

class ComparisonPage {
  private readonly runs: readonly Asked[];
  private readonly head = document.querySelector('.head');
  private readonly main = [...(document.querySelector('main')?.childNodes ?? [])];
  private readonly line = document.querySelector('footer code')?.textContent ?? '';
  private runner: Runner | null = null;
  private page: Page | null = null;
  private readonly state = make('p', { class: 'quiet' });

  constructor(runs: readonly Asked[]) {
    this.runs = runs;
    this.listen();
    if (document.getElementById('engine') === null) return;
    element('comparison').prepend(this.state);
    document.querySelector('main')?.addEventListener('click', (event) => {
      const asked = (event.target as Element).closest('[data-run]')?.getAttribute('data-run');
      const run = asked === null || asked === undefined ? undefined : this.runs[Number(asked)];
      if (run !== undefined) void this.open(run);
    });
  }

  private listen(): void {
    element('theme').onclick = toggleTheme;
    element('help').hidden = true;
    element('copy').onclick = () => copyFrom(element('copy'), this.line);
  }

  private async open(asked: Asked): Promise<void> {
    const stop = button('Stop', () => this.runner?.stop());
    this.state.replaceChildren(`Running seed ${asked.seed} … `, stop);
    try {
      this.runner ??= await Runner.start();
      const said = await this.runner.ask({ what: 'run', asked, whole: true });
      this.state.replaceChildren();
      if (!('whole' in said) || said.whole === null) return;
      const { head, main, model, columns, bodies } = said.whole;
      this.replace(head, main);
      // It is one run of those behind it: what is run again here are they.
      for (const id of ['tab-again', 'again']) document.getElementById(id)?.remove();
      const lines = linesOf(bodies);
      this.page = new Page(new RunData(model, columns), async () => lines, false);
      element('copy').before(button('Back to all runs', () => this.back(), { class: 'back' }));
      this.foot(model.repro);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.state.replaceChildren(error instanceof Stopped ? '' : why);
    }
  }

  private replace(head: string, main: string): void {
    const template = document.createElement('template');
    template.innerHTML = head;
    document.querySelector('.head')?.replaceWith(template.content);
    template.innerHTML = main;
    document.querySelector('main')?.replaceChildren(template.content);
  }

  private back(): void {
    this.page?.close();
    document.querySelector('footer .back')?.remove();
    if (this.head !== null) document.querySelector('.head')?.replaceWith(this.head);
    document.querySelector('main')?.replaceChildren(...this.main);
    history.replaceState(null, '', '#');
    this.foot(this.line);
    this.listen();
  }

  private foot(line: string): void {
    const code = document.querySelector('footer code');
    if (code !== null) code.textContent = line;
  }
}
