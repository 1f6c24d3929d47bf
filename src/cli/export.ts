/** `dsim export`: a run again, in the form of another program. */
import { type ExportForm, isExportForm } from './arguments.ts';
import { UsageError } from './console.ts';
import type { ExportFlags } from './flags.ts';
import type { Host } from './host.ts';
import { replayCommand } from './replay.ts';
import type { LookOptions } from './terminal.ts';

/** What a file in each form is called, if nobody says. */
const files: { readonly [F in ExportForm]: string } = {
  dot: 'run.dot',
  edn: 'run.edn',
  otlp: 'run.otlp.json',
  perfetto: 'run.perfetto.json',
  shiviz: 'run.shiviz.log',
  svg: 'run.svg',
};

/** The exit code is the replay's. Throws UsageError for a form that there is not. */
export async function exportCommand(
  form: string,
  name: string,
  flags: ExportFlags,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  if (!isExportForm(form)) {
    const known = Object.keys(files).join(', ');
    throw new UsageError(`there is no form ${form}: expected one of ${known}`);
  }
  const { output, ...subject } = flags;
  const file = { path: output ?? files[form], format: form };
  return replayCommand(name, { ...subject, quiet: true, output: [file] }, looks, host);
}
