type Child = Node | string | undefined | false;
type Properties<T extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[T], 'style' | 'dataset' | 'children' | 'attributes'>
> & {
  readonly class?: string;
  /** Further attributes, as `aria-label`. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly on?: Partial<{ [K in keyof HTMLElementEventMap]: (event: HTMLElementEventMap[K]) => void }>;
};

/** Makes an element. */
export function h<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  { class: className, attributes = {}, on = {}, ...properties }: Properties<T> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[T] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  Object.assign(element, properties);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const [type, listener] of Object.entries(on)) element.addEventListener(type, listener as EventListener);
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

/** Sets the text of an element where it differs, so that what did not change is not read out or painted again. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
