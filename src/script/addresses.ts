// IP addresses and networks as conditions compare them (ser-language 1.4, 7.3): text to numbers, no Node.

/** 4 or 16 octets; undefined when the text is no address. */
export function parseIp(text: string): readonly number[] | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

function parseIpv4(text: string): readonly number[] | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255))
    return undefined
  return parts.map(Number)
}

function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groups(halves[0]!)
  const tail = halves.length === 2 ? groups(halves[1]!) : []
  if (head === undefined || tail === undefined) return undefined
  const missing = 16 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined
  return [...head, ...new Array<number>(missing).fill(0), ...tail]
}

function groups(text: string): number[] | undefined {
  if (text === '') return []
  const octets: number[] = []
  for (const group of text.split(':')) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined
    const value = parseInt(group, 16)
    octets.push(value >> 8, value & 255)
  }
  return octets
}

export interface Net {
  readonly address: readonly number[]
  readonly mask: readonly number[]
}

/** A network from an address and "/24" or "/255.255.255.0". Throws an Error with SER's wording. */
export function netOf(text: string, mask: number | string | undefined): Net {
  const address = parseIp(text)
  if (address === undefined) throw new Error(`invalid ip address ${text}`)
  if (typeof mask === 'string') {
    const octets = parseIp(mask)
    if (octets === undefined || octets.length !== address.length) throw new Error(`bad net mask ${mask}`)
    return { address, mask: octets }
  }
  const bits = mask ?? address.length * 8
  if (bits > address.length * 8) throw new Error(`bad bit number in netmask: ${bits}`)
  return {
    address,
    mask: address.map((_, index) => (0xff00 >> Math.max(0, Math.min(8, bits - index * 8))) & 255),
  }
}

/** Is the address in the network? False for another family, and for text that is no address. */
export function inNet(text: string, { address, mask }: Net): boolean {
  const octets = parseIp(text)
  if (octets === undefined || octets.length !== address.length) return false
  return octets.every((octet, index) => (octet & mask[index]!) === (address[index]! & mask[index]!))
}

/** Are these the same address, however written? */
export function sameIp(one: string, two: string): boolean {
  if (one === two) return true
  const [octets, others] = [parseIp(one), parseIp(two)]
  return (
    octets !== undefined &&
    octets.length === others?.length &&
    octets.every((octet, at) => octet === others[at])
  )
}
