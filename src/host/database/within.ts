// Promises that must be settled in time.

import type { Milliseconds } from '../../endpoint.js'

/** Rejects with an Error (code ETIMEDOUT) when the time is over; the promise itself goes on unheard. */
export function within<T>(promise: Promise<T>, limitMs: Milliseconds): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = Object.assign(new Error(`no answer within ${limitMs / 1000} s`), { code: 'ETIMEDOUT' })
    const timer = setTimeout(() => reject(late), limitMs)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
