/** The page comes to life: reads what the file carries, draws it, and listens. */
import { linesOf } from '../message-bodies.ts';
import type { PageModel } from '../page-model.ts';
import { RunData } from '../run-data.ts';
import { startComparison } from './comparison.ts';
import { Page } from './page.ts';
import { element, unpack, unpackText } from './unpack.ts';

async function startRun(): Promise<void> {
  const [columns, text] = await Promise.all([unpack('columns'), unpackText('model')]);
  if (columns === null || text === null) throw new Error('the page carries no run');
  const data = new RunData(JSON.parse(text) as PageModel, columns);
  new Page(data, async () => {
    return linesOf((await unpackText('bodies')) ?? '');
  });
}

const isComparison = document.getElementById('comparison') !== null;

(isComparison ? startComparison() : startRun())
  .then(() => {
    requestAnimationFrame(() => {
      document.documentElement.dataset['ready'] = 'true';
    });
  })
  .catch((error: unknown) => {
    const words = `This browser cannot draw the run (${error instanceof Error ? error.message : error}). What it shows is in the text beside.`;
    const status = document.getElementById('status');
    if (status !== null) status.textContent = words;
    else element('live').textContent = words;
    document.documentElement.dataset['ready'] = 'failed';
  });
