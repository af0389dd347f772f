/** Tells when something is on the screen: once, or every time it comes into view. */

import type { Attachment } from "svelte/attachments";

export function whenSeen(seen: () => void, repeatedly = false): Attachment<HTMLElement> {
  return (element) => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        if (document.visibilityState !== "visible") return;
        if (!repeatedly) observer.disconnect();
        seen();
      },
      { threshold: 0.2 },
    );
    observer.observe(element);
    const returned = () => {
      observer.unobserve(element);
      observer.observe(element);
    };
    document.addEventListener("visibilitychange", returned);
    return () => {
      document.removeEventListener("visibilitychange", returned);
      observer.disconnect();
    };
  };
}
