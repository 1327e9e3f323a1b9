/** Says what it means that not heatbox but another server, e.g. a proxy, answers. HTTP/2 has no words for a status. */
export function foreignAnswer(status: number, statusText: string): string {
  const shown = `${status} ${statusText}`.trim();
  if (status >= 502 && status <= 504) return `A proxy answers ${shown}: it does not reach heatbox`;
  return `Another server than heatbox answers ${shown}: check the address and the proxy`;
}
