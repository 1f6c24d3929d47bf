/** `dsim export`: a run again, in the form of another program. */
import type { OutputFormat } from './arguments.ts';
import { UsageError } from './console.ts';
import type { ExportFlags } from './flags.ts';
import type { Host } from './host.ts';
import { replayCommand } from './replay.ts';
import type { LookOptions } from './terminal.ts';

/** By form, what a file is called if nobody says, and what goes into it. */
const forms: { readonly [form: string]: readonly [file: string, format: OutputFormat] } = {
  csv: ['run.csv', 'measures'],
  dot: ['run.dot', 'dot'],
  edn: ['run.edn', 'edn'],
  mermaid: ['run.mmd', 'mermaid'],
  otlp: ['run.otlp.json', 'otlp'],
  perfetto: ['run.perfetto.json', 'perfetto'],
  shiviz: ['run.shiviz.log', 'shiviz'],
  svg: ['run.svg', 'svg'],
};

/**
 * The exit code is the replay's. Throws UsageError for a form that there is not, and for a window
 * of a form that has none.
 */
export async function exportCommand(
  form: string,
  name: string,
  flags: ExportFlags,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  const [file, format] = (Object.hasOwn(forms, form) ? forms[form] : undefined) ?? [];
  if (file === undefined || format === undefined) {
    const known = Object.keys(forms).join(', ');
    throw new UsageError(`there is no form ${form}: expected one of ${known}`);
  }
  const { output, window, ...subject } = flags;
  if (window !== undefined && format !== 'svg') {
    throw new UsageError(`--window is for svg: ${form} always has the whole run`);
  }
  const one = { path: output ?? file, format, ...(window === undefined ? {} : { window }) };
  return replayCommand(name, { ...subject, quiet: true, output: [one] }, looks, host);
}
