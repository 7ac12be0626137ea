// What a registrar refuses, and how it says so (SER's modules).

/** An error reply: SER's reason phrase, and what P-Registrar-Error says. */
export class Refusal {
  readonly reason: string

  constructor(
    readonly status: number,
    readonly text: string,
    /** A further header line of the reply. */
    readonly header?: string,
    reason?: string,
  ) {
    this.reason = reason ?? (status < 500 ? 'Bad Request' : 'Server Internal Error')
  }
}
