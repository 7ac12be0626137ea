// The few terminal colours that reports use, or none (ECMA-48 SGR).

type Colour = (text: string) => string

export interface Paint {
  readonly bold: Colour
  readonly dim: Colour
  readonly red: Colour
  readonly green: Colour
  readonly yellow: Colour
}

/** Colours that paint, or leave text alone. */
export function paint(on: boolean): Paint {
  const colour = (start: number, end: number): Colour =>
    on ? (text) => `\x1b[${start}m${text}\x1b[${end}m` : (text) => text
  return {
    bold: colour(1, 22),
    dim: colour(2, 22),
    red: colour(31, 39),
    green: colour(32, 39),
    yellow: colour(33, 39),
  }
}
