/** Light, dark, or what the system says. */

import { keep, kept } from "./keeping";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "theme";

class ThemeStore {
  current = $state<Theme>("system");

  constructor() {
    this.#set(THEMES.find((theme) => theme === kept(KEY)) ?? "system");
  }

  choose(theme: Theme): void {
    keep(KEY, theme);
    this.#set(theme);
  }

  #set(theme: Theme): void {
    this.current = theme;
    document.documentElement.dataset["theme"] = theme;
  }
}

export const theme = new ThemeStore();
