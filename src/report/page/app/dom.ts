/** Elements made by hand, for what is not in the file as HTML. */

type Child = Node | string | null;

interface Wanted {
  readonly class?: string;
  readonly title?: string;
  readonly type?: string;
  readonly value?: string;
  readonly checked?: boolean;
  readonly disabled?: boolean;
  readonly label?: string;
  /** What a screen reader says. */
  readonly said?: string;
  readonly on?: { readonly [event: string]: (event: Event) => void };
}

/** An element with its children; null children are left out. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  wanted: Wanted,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  const { class: name, said, on = {}, ...properties } = wanted;
  if (name !== undefined) made.className = name;
  if (said !== undefined) made.setAttribute('aria-label', said);
  Object.assign(made, properties);
  for (const [event, hear] of Object.entries(on)) made.addEventListener(event, hear);
  made.append(...children.filter((child) => child !== null));
  return made;
}

export function button(text: string, act: () => void, wanted: Wanted = {}): HTMLButtonElement {
  return make('button', { type: 'button', ...wanted, on: { click: act } }, text);
}

/** Puts a text on the clipboard, and says so on the button. */
export function copyFrom(of: HTMLElement, text: string): void {
  const was = of.textContent;
  void navigator.clipboard?.writeText(text).then(() => {
    of.textContent = 'Copied';
    setTimeout(() => {
      of.textContent = was;
    }, 1500);
  });
}
