// What a command writes to: handed in, so that a test reads what a user would see.

export interface Terminal {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly isTerminal: boolean
  /** Columns. */
  readonly width: number
}

const WIDTH_DEFAULT = 100

/** The terminal of this process. A reader that goes away ("| head") ends it quietly. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    isTerminal: stdout.isTTY === true,
    width: stdout.columns ?? WIDTH_DEFAULT,
  }
}
