// Ladders inside pages: packed small as JSON, unpacked and drawn in the browser when somebody looks.
//
// Messages of a call share most of their lines (Call-ID, From, To, Via), so a packed ladder keeps each line once and a
// message as a list of line numbers. The functions for the browser follow the rule at the head of ladder-rows.ts.

import type { DrawnArrow, DrawnLadder, Source } from './ladder-rows.js'
import { drawingFunctions } from './ladder-svg.js'
import { lastArrows, type Ladder } from './messages.js'
import { readable } from './printable.js'

/** at, arrived (or null), from, to, label, method, CSeq, Call-ID, fate, 1 for a retransmission, transport, octets, lines. */
type PackedArrow = readonly [
  number,
  number | null,
  number,
  number,
  string,
  string,
  string,
  number,
  DrawnArrow['fate'],
  0 | 1,
  DrawnArrow['transport'],
  number,
  readonly number[],
]

export interface PackedLadder {
  readonly parties: readonly string[]
  readonly callIds: readonly string[]
  readonly lines: readonly string[]
  readonly arrows: readonly PackedArrow[]
  readonly marks: DrawnLadder['marks']
  readonly omitted: number
  /** How much of a message is kept. */
  readonly messageOctets: number
}

/** An arrow in the browser: with its message as text. */
export interface PageArrow extends DrawnArrow {
  readonly octets: number
  readonly text: string
  /** How many octets of the message the text leaves out. */
  readonly left: number
}

export interface PageLadder extends DrawnLadder {
  readonly arrows: readonly PageArrow[]
}

export interface PackLimits {
  readonly arrows: number
  readonly messageOctets: number
}

/** The last arrows of a ladder, with the beginning of each message as readable text. */
export function packLadder(ladder: Ladder, limits: PackLimits): PackedLadder {
  const kept = lastArrows(ladder, limits.arrows)
  const lines = new Numbering()
  const callIds = new Numbering()
  const arrows = kept.arrows.map((arrow): PackedArrow => {
    const text = readable(arrow.bytes.slice(0, limits.messageOctets)).split('\n')
    return [
      ...[
        arrow.at,
        arrow.arrivedAt ?? null,
        kept.parties.indexOf(arrow.from),
        kept.parties.indexOf(arrow.to),
      ],
      ...[arrow.label, arrow.method, arrow.cseq, callIds.of(arrow.callId), arrow.fate],
      ...[
        arrow.retransmission ? 1 : 0,
        arrow.transport,
        arrow.bytes.length,
        text.map((line) => lines.of(line)),
      ],
    ] as unknown as PackedArrow
  })
  const { parties, marks, omitted } = kept
  const { messageOctets } = limits
  return { parties, callIds: callIds.texts, lines: lines.texts, arrows, marks, omitted, messageOctets }
}

class Numbering {
  readonly #numbers = new Map<string, number>()

  of(text: string): number {
    const number = this.#numbers.get(text) ?? this.#numbers.size
    this.#numbers.set(text, number)
    return number
  }

  get texts(): string[] {
    return [...this.#numbers.keys()]
  }
}

/** In the browser: the ladder that was packed. */
export function unpackLadder(packed: PackedLadder): PageLadder {
  const arrows = packed.arrows.map((each): PageArrow => {
    const [at, arrived, from, to, label, method, cseq, callId, fate, again, transport, octets, lines] = each
    return {
      ...{ at, label, method, cseq, fate, transport, octets, retransmission: again === 1 },
      ...(arrived === null ? {} : { arrivedAt: arrived }),
      from: packed.parties[from] ?? '',
      to: packed.parties[to] ?? '',
      callId: packed.callIds[callId] ?? '',
      text: lines.map((line) => packed.lines[line]).join('\n'),
      left: Math.max(0, octets - packed.messageOctets),
    }
  })
  return { parties: packed.parties, arrows, marks: packed.marks, omitted: packed.omitted }
}

/** In the browser: a message as safe markup, start line and header names emphasised, the body apart. */
export function messageMarkup(arrow: Pick<PageArrow, 'text' | 'left'>): string {
  const escape = (text: string) => text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`)
  const blank = arrow.text.indexOf('\n\n')
  const head = blank < 0 ? arrow.text : arrow.text.slice(0, blank)
  const body = blank < 0 ? '' : arrow.text.slice(blank + 2)
  const lines = head.split('\n').map((line, index) => {
    if (index === 0) return `<span class="start">${escape(line)}</span>`
    const colon = line.indexOf(':')
    const named = colon > 0 && !/^\s/.test(line)
    return named
      ? `<span class="name">${escape(line.slice(0, colon))}</span>${escape(line.slice(colon))}`
      : escape(line)
  })
  const shown = body ? `<span class="body">${escape(body)}</span>` : ''
  const cut = arrow.left > 0 ? `<span class="cut">${arrow.left} more octets are not shown.</span>` : ''
  return `<div class="message">${lines.join('\n')}${shown}${cut}</div>`
}

/** In the browser: who, when and how, above a message. */
export function factsMarkup(arrow: PageArrow, start: number): string {
  const escape = (text: string) => text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`)
  const seconds = (at: number) => `${((at - start) / 1000).toFixed(3)} s`
  const landed = arrow.arrivedAt === undefined ? '' : ` → ${seconds(arrow.arrivedAt)}`
  const facts = [
    `<b>${escape(arrow.from)} → ${escape(arrow.to)}</b>`,
    `<span>${seconds(arrow.at)}${landed}</span>`,
    `<span>${arrow.transport.toUpperCase()}, ${arrow.octets} octets</span>`,
  ]
  if (arrow.fate !== 'delivered') facts.push(`<span class="pill bad">${arrow.fate}</span>`)
  if (arrow.retransmission) facts.push('<span class="pill warn">retransmission</span>')
  return `<div class="facts">${facts.join('')}</div>`
}

/** What a page must hold to show packed ladders. */
export const pageLadderFunctions: readonly Source[] = [
  ...drawingFunctions,
  unpackLadder,
  messageMarkup,
  factsMarkup,
]

/** Script of the browser. */
export const partiesInSight = `
// The party boxes once more, in a drawing of their own that stays at the top.
function keepPartiesInSight(flow) {
  const drawing = flow.querySelector('svg')
  const head = drawing.cloneNode(false)
  const width = drawing.getAttribute('width')
  head.setAttribute('height', 50)
  head.setAttribute('viewBox', '0 0 ' + width + ' 50')
  const boxes = [...drawing.querySelectorAll('.party')]
  head.append(...boxes.filter((box) => Number(box.querySelector('rect').getAttribute('y')) < 50))
  const holder = document.createElement('div')
  holder.className = 'sticky-head'
  holder.style.cssText = 'width:' + width + 'px;height:50px;margin-bottom:-50px'
  holder.append(head)
  flow.prepend(holder)
}
`
