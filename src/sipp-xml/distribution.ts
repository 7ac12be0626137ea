// Lengths of pauses and sampled values: SIPp's distributions, drawn from the seeded generator.

import type { Random } from '../random.js'

export type Distribution =
  | { readonly kind: 'fixed'; readonly value: number }
  | { readonly kind: 'uniform'; readonly min: number; readonly max: number }
  | { readonly kind: 'normal' | 'lognormal'; readonly mean: number; readonly stdev: number }
  | { readonly kind: 'exponential'; readonly mean: number }
  | { readonly kind: 'weibull'; readonly lambda: number; readonly k: number }
  | { readonly kind: 'pareto'; readonly k: number; readonly x_m: number }
  | { readonly kind: 'gpareto'; readonly shape: number; readonly scale: number; readonly location: number }
  | { readonly kind: 'gamma'; readonly k: number; readonly theta: number }
  | { readonly kind: 'negbin'; readonly n: number; readonly p: number }

/** Which parameters each one has. */
export const DISTRIBUTIONS: Readonly<Record<Distribution['kind'], readonly string[]>> = {
  fixed: ['value'],
  uniform: ['min', 'max'],
  normal: ['mean', 'stdev'],
  lognormal: ['mean', 'stdev'],
  exponential: ['mean'],
  weibull: ['lambda', 'k'],
  pareto: ['k', 'x_m'],
  gpareto: ['shape', 'scale', 'location'],
  gamma: ['k', 'theta'],
  negbin: ['n', 'p'],
}

const TRIES_MAX = 10_000

/** Draws a value. */
export function draw(distribution: Distribution, random: Random): number {
  switch (distribution.kind) {
    case 'fixed':
      return distribution.value
    case 'uniform':
      return distribution.min + random.fraction() * (distribution.max - distribution.min)
    case 'normal':
      return distribution.mean + distribution.stdev * gauss(random)
    case 'lognormal':
      return Math.exp(distribution.mean + distribution.stdev * gauss(random))
    case 'exponential':
      return -distribution.mean * Math.log(positive(random))
    case 'weibull':
      return distribution.lambda * (-Math.log(positive(random))) ** (1 / distribution.k)
    case 'pareto':
      return distribution.x_m / positive(random) ** (1 / distribution.k)
    case 'gpareto': {
      const { shape, scale, location } = distribution
      const log = -Math.log(positive(random))
      return location + (shape === 0 ? scale * log : (scale * (Math.exp(shape * log) - 1)) / shape)
    }
    case 'gamma':
      return distribution.theta * gamma(distribution.k, random)
    case 'negbin':
      return poisson(gamma(distribution.n, random) * ((1 - distribution.p) / distribution.p), random)
  }
}

/** A fraction in (0, 1]. */
function positive(random: Random): number {
  return 1 - random.fraction()
}

/** Box and Muller. */
function gauss(random: Random): number {
  return Math.sqrt(-2 * Math.log(positive(random))) * Math.cos(2 * Math.PI * random.fraction())
}

/** Marsaglia and Tsang; below 1 by the usual power. */
function gamma(shape: number, random: Random): number {
  if (shape < 1) return gamma(shape + 1, random) * positive(random) ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const x = gauss(random)
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(positive(random)) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
  return d
}

/** Knuth's for small means, the normal one for large. */
function poisson(mean: number, random: Random): number {
  if (mean > 500) return Math.max(0, Math.round(mean + Math.sqrt(mean) * gauss(random)))
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = positive(random); product > limit && count < TRIES_MAX; product *= positive(random))
    count++
  return count
}
