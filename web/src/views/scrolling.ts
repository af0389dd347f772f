/** Lets what is wider than its place be scrolled with the keyboard, and only then stops at it. */

import type { Attachment } from "svelte/attachments";

/**
 * A tab stop with that name for as long as something is cut off at the side. Not left to the
 * browser: not all of them stop at what scrolls, and none of them says what it is.
 */
export function scrolling(name: string): Attachment<HTMLElement> {
  return (element) => {
    const observer = new ResizeObserver(() => stopAt(element, name));
    observer.observe(element);
    // What it holds may grow while its place stays as it is.
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  };
}

function stopAt(element: HTMLElement, name: string): void {
  const stop = { tabindex: "0", role: "group", "aria-label": name };
  const isCut = element.scrollWidth > element.clientWidth;
  for (const [attribute, value] of Object.entries(stop)) {
    if (isCut) element.setAttribute(attribute, value);
    else element.removeAttribute(attribute);
  }
}
