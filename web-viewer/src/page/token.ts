import { askAccess } from '../../../src/client/ask-access.ts';
import { h } from './dom.ts';

/**
 * Finds out whether the server lets this page in, asks the user for the token where it wants one, and returns it. Where the
 * server refuses the page itself, it says why in the server's words, and goes on as soon as that has changed.
 */
export async function findToken(server: string, place: HTMLElement): Promise<string | undefined> {
  // Two servers may share an origin, under paths of their own.
  const key = `heatbox-token ${server}`;
  let token = fromAddress() ?? sessionStorage.getItem(key) ?? undefined;
  for (let tries = 0; ; tries++) {
    const { status, words } = await askAccess(server, token);
    if (status === 403) await showRefusal(place, words);
    else if (status === 401) token = await ask(place, token !== undefined || tries > 0 ? WRONG : '');
    else if (status === 429) token = await ask(place, words);
    else {
      // Where nobody answers at present the connection will say so.
      if (token !== undefined) sessionStorage.setItem(key, token);
      return token;
    }
  }
}

const WRONG = 'The server does not know this token.';

/** A token behind the `#` of the address never reaches a server or its logs; it is taken out of sight at once. */
function fromAddress(): string | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? undefined;
  if (token !== undefined) history.replaceState(null, '', location.pathname + location.search);
  return token;
}

/** Resolves when the user wants to try again. */
function showRefusal(place: HTMLElement, words: string): Promise<void> {
  return new Promise((resolve) => {
    const gate = h(
      'main',
      { class: 'gate', attributes: { 'aria-labelledby': 'gate-title' } },
      ...heading(),
      h('p', { class: 'wrong', attributes: { role: 'alert' } }, words),
      h('button', { class: 'primary', type: 'button', on: { click: again } }, 'Try again'),
    );
    place.append(gate);

    function again(): void {
      gate.remove();
      resolve();
    }
  });
}

/** @param wrong - What was wrong with the last token; '' if there was none. */
function ask(place: HTMLElement, wrong: string): Promise<string> {
  return new Promise((resolve) => {
    const input = h('input', {
      type: 'password',
      id: 'token',
      required: true,
      autocomplete: 'current-password',
      attributes: wrong === '' ? {} : { 'aria-invalid': 'true', 'aria-describedby': 'token-note' },
    });
    const form = h(
      'form',
      {
        class: 'gate',
        on: {
          submit(event: SubmitEvent) {
            event.preventDefault();
            gate.remove();
            resolve(input.value);
          },
        },
      },
      ...heading(),
      h(
        'p',
        { id: 'token-note', class: wrong === '' ? '' : 'wrong' },
        wrong || 'This server lets in who has its token.',
      ),
      h('label', { htmlFor: 'token' }, 'Token'),
      input,
      h('button', { class: 'primary', type: 'submit' }, 'Watch'),
    );
    const gate = h('main', { class: 'gate-place', attributes: { 'aria-labelledby': 'gate-title' } }, form);
    place.append(gate);
    input.focus();
  });
}

function heading(): HTMLElement[] {
  return [
    h('div', { class: 'logo-large', attributes: { 'aria-hidden': 'true' } }),
    h('h1', { id: 'gate-title' }, 'heatbox'),
  ];
}
