import { h } from './dom.ts';

const KEY = 'heatbox-token';

/** Finds out whether the server wants a token, asks the user for it where it does, and returns it. */
export async function findToken(server: string, place: HTMLElement): Promise<string | undefined> {
  let token = fromAddress() ?? sessionStorage.getItem(KEY) ?? undefined;
  for (let tries = 0; ; tries++) {
    if (await isLetIn(server, token)) {
      if (token !== undefined) sessionStorage.setItem(KEY, token);
      return token;
    }
    token = await ask(place, token !== undefined || tries > 0);
  }
}

/** A token behind the `#` of the address never reaches a server or its logs; it is taken out of sight at once. */
function fromAddress(): string | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? undefined;
  if (token !== undefined) history.replaceState(null, '', location.pathname + location.search);
  return token;
}

async function isLetIn(server: string, token: string | undefined): Promise<boolean> {
  const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` };
  try {
    return (await fetch(new URL('/v1/schema.json', server), { headers })).status !== 401;
  } catch {
    // Not there at present: the connection will say so.
    return true;
  }
}

function ask(place: HTMLElement, wasWrong: boolean): Promise<string> {
  return new Promise((resolve) => {
    const input = h('input', {
      type: 'password',
      id: 'token',
      required: true,
      autocomplete: 'current-password',
      attributes: wasWrong ? { 'aria-invalid': 'true', 'aria-describedby': 'token-note' } : {},
    });
    const note = wasWrong ? 'The server does not know this token.' : 'This server lets in who has its token.';
    const form = h(
      'form',
      {
        class: 'gate',
        on: {
          submit(event: SubmitEvent) {
            event.preventDefault();
            form.remove();
            resolve(input.value);
          },
        },
      },
      h('div', { class: 'logo-large', attributes: { 'aria-hidden': 'true' } }),
      h('h1', {}, 'heatbox'),
      h('p', { id: 'token-note', class: wasWrong ? 'wrong' : '' }, note),
      h('label', { htmlFor: 'token' }, 'Token'),
      input,
      h('button', { class: 'primary', type: 'submit' }, 'Watch'),
    );
    place.append(form);
    input.focus();
  });
}
