/** Moving from post to post by j and k, or by Page Up and Page Down as WAI-ARIA's feed has it. */

const STEPS: Record<string, number> = { j: 1, PageDown: 1, k: -1, PageUp: -1 };

export function moveWithin(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const step = STEPS[event.key];
  const target = event.target as HTMLElement;
  if (step === undefined || event.ctrlKey || event.metaKey || event.altKey || isTyping(target))
    return;
  const posts = [...event.currentTarget.querySelectorAll<HTMLElement>("article")];
  const at = posts.findIndex((post) => post.contains(target));
  const next = posts[at === -1 ? 0 : at + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function isTyping(element: HTMLElement): boolean {
  return element.matches("input, textarea, select");
}
