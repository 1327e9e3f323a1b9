import { h } from './dom.ts';
import { icon } from './icons.ts';
import { SHORTCUTS } from './keys.ts';

/** The list of keys, as a dialog. */
export function createHelp(): HTMLDialogElement {
  const rows = [
    ...SHORTCUTS,
    { shown: '1 … 9', does: 'Choose a stream' },
    { shown: '/', does: 'Search the classes' },
    { shown: 'Esc', does: 'Choose no track' },
    { shown: '?', does: 'This list' },
  ].map(({ shown, does }) => h('li', {}, h('span', {}, does), keyOf(shown)));
  const dialog = h(
    'dialog',
    { class: 'help', attributes: { 'aria-labelledby': 'help-title' } },
    h(
      'header',
      {},
      h('h2', { id: 'help-title' }, 'Keys'),
      h(
        'button',
        { class: 'icon-button', attributes: { 'aria-label': 'Close' }, on: { click: () => dialog.close() } },
        icon('close'),
      ),
    ),
    h('ul', {}, ...rows),
  );
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener('keydown', (event) => {
    if (event.key === '?') dialog.close();
  });
  return dialog;
}

function keyOf(shown: string): HTMLElement {
  return h('span', { class: 'keys' }, ...shown.split(' ').map((key) => (key === '…' ? '…' : h('kbd', {}, key))));
}
