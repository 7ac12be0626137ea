// What `sipwright doctor` looks for, one row each.

import { networkInterfaces } from 'node:os'

export interface Part {
  readonly name: string
  /** What it is good for here. */
  readonly enables: string
  /** The command that provides it. */
  readonly install: string
  /** Command lines of which one answers, or a look at this process. */
  readonly ask: readonly (readonly [program: string, ...args: string[]])[] | (() => string | undefined)
}

export const PARTS: readonly Part[] = [
  {
    name: 'node',
    enables: 'everything',
    install: 'install Node.js 20.19 or later from nodejs.org',
    ask: () => process.version,
  },
  {
    name: 'IPv6',
    enables: 'scenarios over IPv6 on real sockets',
    install: 'sysctl -w net.ipv6.conf.all.disable_ipv6=0',
    ask: () => {
      const six = Object.values(networkInterfaces())
        .flat()
        .find((entry) => entry?.family === 'IPv6')
      return six?.address
    },
  },
  {
    name: 'sipp',
    enables: 'SIPp scenarios played by the original program',
    install: 'apt-get install sip-tester',
    ask: [['sipp', '-v']],
  },
  {
    name: 'docker',
    enables: 'other proxies and SIPp in containers',
    install: 'install Docker Engine (docs.docker.com/engine/install) and start it',
    // The client alone is of no use: the engine must answer.
    ask: [['docker', 'version', '--format', 'engine {{.Server.Version}}']],
  },
  {
    name: 'kamailio',
    enables: 'the same scenarios against Kamailio',
    install: 'apt-get install kamailio',
    ask: [['kamailio', '-v']],
  },
  {
    name: 'tshark',
    enables: 'a second opinion on captures',
    install: 'apt-get install tshark',
    ask: [['tshark', '--version']],
  },
  {
    name: 'mariadb',
    enables: 'scenarios with a real database',
    install: 'apt-get install mariadb-server',
    ask: [
      ['mariadbd', '--version'],
      ['/usr/sbin/mariadbd', '--version'],
      ['mysqld', '--version'],
    ],
  },
  {
    name: 'chromium',
    enables: 'screenshots of the reports, WebRTC phones',
    install: 'apt-get install chromium',
    ask: [
      ['chromium', '--version'],
      ['google-chrome', '--version'],
    ],
  },
]
