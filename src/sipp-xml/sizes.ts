// Limits that several parts of the player keep.

/** Longest message or text that is made or read, in octets. */
export const MESSAGE_LENGTH_MAX = 65_536
/** Commands of one scenario. */
export const COMMANDS_MAX = 10_000
/** Actions of one command. */
export const ACTIONS_MAX = 1000
/** Variables of one scenario, all scopes together. */
export const VARIABLES_MAX = 2000
