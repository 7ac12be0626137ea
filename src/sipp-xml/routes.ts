// [routes] and [next_url]: the route set of a dialog as rrs="true" keeps it, once, in the direction of the message. A
// first hop without ;lr becomes the target, and the Contact goes last (RFC 3261 §12.1, §12.2.1.1; RFC 2543 routers).

export interface RouteSet {
  /** Behind "Route: "; undefined: no routes. */
  readonly routes: string | undefined
  readonly nextUrl: string
}

const ROUTES_MAX = 64

/** Out of Record-Route and Contact; undefined without a Contact. */
export function routeSet(recordRoute: string, contact: string, isRequest: boolean): RouteSet | undefined {
  if (contact === '') return undefined
  if (recordRoute === '') return { routes: undefined, nextUrl: bareUri(contact) }
  const hops = recordRoute
    .split(',')
    .slice(0, ROUTES_MAX)
    .map((hop) => hop.trim())
  if (!isRequest) hops.reverse()
  let target = ''
  let isFirst = true
  const routes: string[] = []
  for (const hop of hops)
    if (isFirst && !hop.includes(';lr')) target = hop
    else {
      isFirst = false
      routes.push(hop)
    }
  if (target !== '') routes.push(contact.trim())
  return { routes: routes.length > 0 ? routes.join(', ') : undefined, nextUrl: bareUri(target || contact) }
}

function bareUri(contact: string): string {
  const start = contact.indexOf('<')
  const end = contact.indexOf('>')
  return start >= 0 && end > start ? contact.slice(start + 1, end) : contact.trimStart()
}
