/** The language of the interface: chosen once, else the browser's. */

import de from "./texts/de";
import en from "./texts/en";
import { keep, kept } from "./keeping";

export type Language = "de" | "en";
export type TextKey = keyof typeof en;
/** What has a form for one and a form for many: `posts` of `posts.one` and `posts.other`. */
export type CountKey = TextKey extends infer K ? (K extends `${infer B}.other` ? B : never) : never;

const CATALOGUES: Record<Language, Record<TextKey, string>> = { de, en };
const KEY = "language";

class LanguageStore {
  current = $state<Language>("en");

  constructor() {
    this.#set(chosen() ?? preferred());
  }

  choose(language: Language): void {
    keep(KEY, language);
    this.#set(language);
  }

  /** The tag for Intl: the browser's own region where its language is the chosen one. */
  get locale(): string {
    return navigator.languages.find((tag) => tag.startsWith(this.current)) ?? this.current;
  }

  #set(language: Language): void {
    this.current = language;
    document.documentElement.lang = language;
  }
}

function chosen(): Language | null {
  const found = kept(KEY);
  return found === "de" || found === "en" ? found : null;
}

function preferred(): Language {
  const tag = navigator.languages.find((found) => /^(de|en)\b/.test(found));
  return tag?.startsWith("de") ? "de" : "en";
}

export const language = new LanguageStore();

type Values = Record<string, string | number>;

/** The text of that key, with `{name}` replaced by values. */
export function t(key: TextKey, values: Values = {}): string {
  const text = CATALOGUES[language.current][key];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    isolated(String(values[name] ?? whole)),
  );
}

const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u;

/** Unicode's FIRST STRONG ISOLATE and its end. */
const [ISOLATE, END] = [0x2068, 0x2069].map((point) => String.fromCodePoint(point));

/** What is written from the right turns round nothing beside it. */
function isolated(value: string): string {
  return RIGHT_TO_LEFT.test(value) ? `${ISOLATE}${value}${END}` : value;
}

/** The text for a count, which fills `{count}`. */
export function tn(key: CountKey, count: number, values: Values = {}): string {
  const form = new Intl.PluralRules(language.current).select(count) === "one" ? "one" : "other";
  const shown = new Intl.NumberFormat(language.locale).format(count);
  return t(`${key}.${form}` as TextKey, { ...values, count: shown });
}

/** Whether there is such a text: for codes that a newer server may send. */
export function isTextKey(key: string): key is TextKey {
  return Object.hasOwn(en, key);
}
