import { h, say } from './dom.ts';

const SHOWN_MS = 2_500;

const element = h('div', { class: 'toast', attributes: { role: 'status', 'aria-live': 'polite' } });
let timer: ReturnType<typeof setTimeout> | undefined;

document.body.append(element);

/** Says in a word that something was done. */
export function toast(words: string): void {
  say(element, words);
  element.classList.add('shown');
  clearTimeout(timer);
  timer = setTimeout(() => {
    element.classList.remove('shown');
    say(element, '');
  }, SHOWN_MS);
}
