/** Times as people say them. */

import { language, t } from "./language.svelte";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** “5 min. ago” within a day, else the date. */
export function relative(time: number, now: number): string {
  const age = Math.max(0, now - time);
  if (age < MINUTE) return t("time.now");
  if (age < HOUR) return ago(age / MINUTE, "minute");
  if (age < DAY) return ago(age / HOUR, "hour");
  return shortDate(time, now);
}

function ago(amount: number, unit: Intl.RelativeTimeFormatUnit): string {
  const format = new Intl.RelativeTimeFormat(language.locale, {
    style: "short",
    numeric: "always",
  });
  return format.format(-Math.floor(amount), unit);
}

function shortDate(time: number, now: number): string {
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat(language.locale, {
    day: "numeric",
    month: "short",
    ...(sameYear ? { hour: "2-digit", minute: "2-digit" } : { year: "numeric" }),
  }).format(time);
}

/** A day, as one writes it: “5 December 2026”. */
export function date(time: string): string {
  return new Intl.DateTimeFormat(language.locale, { dateStyle: "long" }).format(Date.parse(time));
}

export function exact(time: number): string {
  const style = { dateStyle: "full", timeStyle: "medium" } as const;
  return new Intl.DateTimeFormat(language.locale, style).format(time);
}

/** “Today”, “Yesterday” or the date: the heading of a day's posts. */
export function dayName(time: number, now: number): string {
  const days = Math.round((midnight(now) - midnight(time)) / DAY);
  if (days <= 0) return t("time.today");
  if (days === 1) return t("time.yesterday");
  const year = new Date(time).getFullYear() === new Date(now).getFullYear() ? {} : YEAR;
  const format = { weekday: "long", day: "numeric", month: "long", ...year } as const;
  return new Intl.DateTimeFormat(language.locale, format).format(time);
}

const YEAR = { year: "numeric" } as const;

/** The local day that a time belongs to, as a number to compare. */
export function midnight(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0);
}

/** “12 s”, “3 min”: how long something has lasted. */
export function duration(milliseconds: number): string {
  const [amount, unit] =
    milliseconds < MINUTE
      ? [milliseconds / 1000, "second"]
      : milliseconds < HOUR
        ? [milliseconds / MINUTE, "minute"]
        : [milliseconds / HOUR, "hour"];
  const style = { style: "unit", unit, unitDisplay: "short" } as const;
  return new Intl.NumberFormat(language.locale, style).format(Math.max(0, Math.floor(amount)));
}

/** “37 seconds”, “3 minutes”: how long something still takes, at most. */
export function span(seconds: number): string {
  const units = [
    [3_600, "hour"],
    [60, "minute"],
  ] as const;
  const [size, unit] = units.find(([size]) => seconds >= 2 * size) ?? [1, "second"];
  const style = { style: "unit", unit, unitDisplay: "long" } as const;
  return new Intl.NumberFormat(language.locale, style).format(Math.ceil(seconds / size));
}

/** The day it is where the reader is, as fields for a date have it: YYYY-MM-DD. */
export function today(): string {
  const now = new Date();
  const numbers = [now.getFullYear(), now.getMonth() + 1, now.getDate()];
  return numbers.map((number) => String(number).padStart(2, "0")).join("-");
}

/** The end of such a day; none where none is given. */
export function endOf(day: string): string | undefined {
  return day === "" ? undefined : new Date(`${day}T23:59:59`).toISOString();
}

/** As the server writes times: RFC 3339. */
export function timestamp(time: number): string {
  return new Date(time).toISOString();
}
