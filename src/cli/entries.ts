// The hosts of an option that takes several of them (listen, alias).

import type { HostEntry, OptionValue } from '../script/bind.js'

/** The entries; none when the option is not set or is of another kind. */
export function entriesOf(value: OptionValue | undefined): readonly HostEntry[] {
  return typeof value === 'object' ? value : []
}
