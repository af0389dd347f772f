/** The time of day as state, in two grains, and whether anybody looks at the page. */

import { createSubscriber } from "svelte/reactivity";

function ticking(every: number): () => number {
  const subscribe = createSubscriber((update) => {
    const handle = setInterval(update, every);
    return () => clearInterval(handle);
  });
  return () => {
    subscribe();
    return Date.now();
  };
}

/** Milliseconds; what reads it is run again every second. */
export const seconds = ticking(1_000);

/** Milliseconds; what reads it is run again three times a minute. */
export const minutes = ticking(20_000);

const visibility = createSubscriber((update) => {
  document.addEventListener("visibilitychange", update);
  return () => document.removeEventListener("visibilitychange", update);
});

export function isVisible(): boolean {
  visibility();
  return document.visibilityState === "visible";
}
