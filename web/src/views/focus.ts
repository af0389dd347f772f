/** Attached to what one goes on with. */
export function focus(element: HTMLElement): void {
  element.focus();
}
