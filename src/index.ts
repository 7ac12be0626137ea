// What a program may import from the package: the engine and its drivers, phones, the laboratory of a scenario, and the
// types at the one door. Everything else is the package's own.

export type { Driver, Listen, LogEntry } from './driver.js'
export type {
  Address,
  Answer,
  Ask,
  Bytes,
  Endpoint,
  Input,
  Output,
  Packet,
  Question,
  Send,
  Transport,
} from './endpoint.js'
export { ExpectationError, Malformed, ScriptError, ScriptErrors, UsageError } from './errors.js'
export { Random } from './random.js'
export { Message, parseMessage } from './sip/message.js'
export { loadScript, MODULES } from './modules/index.js'
export { Engine, type EngineOptions } from './proxy/engine.js'
export { Phone } from './agent/phone.js'
export { SimDriver, type SimOptions } from './sim/driver.js'
export { HostDriver, type HostOptions } from './host/driver.js'
export { Lab, type LabOptions } from './lab/lab.js'
export { checkRun, type Finding } from './conformance/index.js'
