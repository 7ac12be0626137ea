// Instants as databases hold them: "YYYY-MM-DD HH:MM:SS" in UTC, or seconds since 1970.

const INSTANT = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?Z?$/

/** Seconds since 1970 of an instant's text; undefined when it is none. */
export function instantOf(text: string): number | undefined {
  if (!INSTANT.test(text)) return undefined
  const atMs = Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19)}Z`)
  return Number.isNaN(atMs) ? undefined : atMs / 1000
}
