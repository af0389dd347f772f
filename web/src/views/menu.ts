/** Behaviour of what opens over the page: closes with Escape and by a click elsewhere. */

import type { Attachment } from "svelte/attachments";

export function dismissable(close: () => void): Attachment<HTMLElement> {
  return (element) => {
    const clicked = (event: Event) => {
      if (!element.contains(event.target as Node)) close();
    };
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    };
    document.addEventListener("pointerdown", clicked, true);
    element.addEventListener("keydown", pressed);
    return () => {
      document.removeEventListener("pointerdown", clicked, true);
      element.removeEventListener("keydown", pressed);
    };
  };
}
