// What a phone notes beside its calls and messages: challenges received, other requests and what became of them.

import { bound } from './journal.js'
import { NOTES_KEPT_MAX, type ChallengeState, type RequestState } from './state.js'

export class Notes {
  readonly challenges: ChallengeState[] = []
  readonly requests: RequestState[] = []

  challenge(challenge: ChallengeState): void {
    this.challenges.push(challenge)
    bound(this.challenges, NOTES_KEPT_MAX)
  }

  request(request: RequestState): void {
    this.requests.push(request)
    bound(this.requests, NOTES_KEPT_MAX)
  }
}
