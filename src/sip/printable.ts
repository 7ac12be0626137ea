// Text from the network on its way into a log: nothing in it may end the line or steer a terminal.

const CONTROL = /[\x00-\x1f\x7f\\]/g
const NAMED: Readonly<Record<string, string>> = { '\r': '\\r', '\n': '\\n', '\t': '\\t', '\\': '\\\\' }

/** Control characters (and backslashes, so that it can be read back) as \r, \n, \t, \xHH. */
export function printable(text: string): string {
  return text.replace(
    CONTROL,
    (letter) => NAMED[letter] ?? `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
