import { type Actions, SHORTCUTS } from './keys.ts';

/** Listens to keys wherever no text is being typed. Digits choose streams; `/` and `?` are the page's own. */
export function listenToKeys(actions: Actions, own: Readonly<Record<string, (actions: Actions) => void>>): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
    const target = event.target as HTMLElement;
    if (isTyping(target)) {
      if (event.key === 'Escape') target.blur();
      return;
    }
    // Space presses the button that has the focus; arrows move within what has it.
    if (event.key === ' ' && target.closest('button, a, summary, [role=tab]')) return;
    if (event.key.startsWith('Arrow') && target.closest('[role=tab], [data-arrows]')) return;
    const run = own[event.key] ?? runnerOf(event.key);
    if (!run) return;
    event.preventDefault();
    run(actions);
  });
}

function runnerOf(key: string): ((actions: Actions) => void) | undefined {
  if (/^[1-9]$/.test(key)) return (actions) => actions.chooseStream(Number(key) - 1);
  return SHORTCUTS.find(({ keys }) => keys.includes(key))?.run;
}

function isTyping(target: HTMLElement): boolean {
  return target instanceof HTMLInputElement
    ? !['checkbox', 'radio', 'button'].includes(target.type)
    : target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}
