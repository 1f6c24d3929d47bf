/**
 * Ctrl-C, held from the moment that somebody listens to the end of the command, so that none is
 * lost.
 *
 * Node hears signals between turns of its event loop. A simulation is one turn, which only V8's own
 * watchdog can stop (`interruptible.ts`), and Node takes its listeners away while that watchdog
 * runs: a signal on its way between the two is lost, and in a sweep of short runs that is one of
 * ten. So the watchdog runs all the time here, as it does in Node's REPL. A signal stops the
 * simulation that is under way or, if there is none, stays pending until somebody asks.
 *
 * The watchdog is reached by `process.binding`, which a process with `--permission` is denied:
 * there an ordinary listener has to do.
 */

/** The part of Node's `contextify` binding that its REPL uses, the same in Node 20, 22 and 24. */
interface Watchdog {
  startSigintWatchdog(): void;
  /** Whether a signal was pending. */
  stopSigintWatchdog(): boolean;
  watchdogHasPendingSigint(): boolean;
}

/** How often a command that waits for something else looks for a signal. */
const POLL_MS = 25;

interface State {
  watchdog: Watchdog | null;
  running: boolean;
  /** A signal came while nothing was simulated. */
  came: boolean;
  readonly listeners: Set<() => void>;
  poller: NodeJS.Timeout | null;
}

/** Signals are the process's, and the build has this module in more than one file. */
const KEY = Symbol.for('dsim.interrupts');
const globals = globalThis as { [KEY]?: State };
globals[KEY] ??= {
  watchdog: null,
  running: false,
  came: false,
  listeners: new Set(),
  poller: null,
};
const state: State = globals[KEY];

/**
 * Calls back at an interrupt, once; returns how to stop listening. Holds interrupts from now on.
 * With `terminates`, SIGTERM is one too: Node hears of it between two runs, and not during one, so
 * it is only for those who wait for other processes, or whose runs are short.
 */
export function onInterrupt(listener: () => void, terminates = false): () => void {
  begin();
  if (terminates) process.on('SIGTERM', note);
  const once = () => {
    state.listeners.delete(once);
    listener();
  };
  state.listeners.add(once);
  return () => {
    state.listeners.delete(once);
    if (terminates) process.removeListener('SIGTERM', note);
  };
}

/** Whether an interrupt came that stopped no simulation. */
export function interruptPending(): boolean {
  const { came, running, watchdog } = state;
  if (!came && running && watchdog?.watchdogHasPendingSigint() === true) state.came = true;
  return state.came;
}

/** An interrupt has stopped a simulation: all who listen hear of it, and it stays pending. */
export function interruptHeard(): void {
  state.came = true;
  tell();
}

/** Lets signals in, and tells those who listen. To be awaited wherever a command may stop. */
export async function turn(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  tell();
}

/** The command is over. Whether an interrupt came that nobody has heard of. */
export function endInterrupts(): boolean {
  if (!state.running) return false;
  const { watchdog, listeners, poller } = state;
  const unheard = interruptPending() && listeners.size > 0;
  if (poller !== null) clearInterval(poller);
  state.poller = null;
  state.running = false;
  if (watchdog === null) process.removeListener('SIGINT', note);
  else if (watchdog.stopSigintWatchdog() && !state.came) return true;
  return unheard;
}

function begin(): void {
  if (state.running) return;
  state.running = true;
  state.came = false;
  state.watchdog = findWatchdog();
  if (state.watchdog === null) process.on('SIGINT', note);
  else state.watchdog.startSigintWatchdog();
  state.poller = setInterval(tell, POLL_MS);
  state.poller.unref();
}

function tell(): void {
  if (!interruptPending()) return;
  for (const listener of [...state.listeners]) listener();
}

function note(): void {
  state.came = true;
  tell();
}

function findWatchdog(): Watchdog | null {
  try {
    const { binding } = process as unknown as { binding(name: string): Partial<Watchdog> };
    const found = binding.call(process, 'contextify');
    return typeof found.startSigintWatchdog === 'function' ? (found as Watchdog) : null;
  } catch (_error) {
    return null;
  }
}
