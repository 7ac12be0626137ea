// Writes a capture file: any messages with a time and two ends, as classic pcap that Wireshark reads. Needs no rights.

import { closeSync, openSync, writeSync } from 'node:fs'
import { UsageError } from '../errors.js'
import { captureHeader, CaptureWriter, type WrittenMessage } from '../pcap/write.js'

/** Octets that are gathered before they are written. */
const BATCH_OCTETS = 256 * 1024

/** Writes the messages in their order. Throws a UsageError when the file cannot be written. */
export function writeCapture(file: string, messages: Iterable<WrittenMessage>): void {
  let descriptor: number
  try {
    descriptor = openSync(file, 'w')
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${(error as Error).message}`)
  }
  try {
    for (const batch of batches(messages)) writeSync(descriptor, batch)
  } finally {
    closeSync(descriptor)
  }
}

/** The whole file in memory, for an attachment. */
export function captureOctets(messages: Iterable<WrittenMessage>): Buffer {
  return Buffer.concat([...batches(messages)])
}

function* batches(messages: Iterable<WrittenMessage>): Iterable<Buffer> {
  const writer = new CaptureWriter()
  let batch: Uint8Array[] = [captureHeader()]
  let octets = 0
  for (const message of messages)
    for (const record of writer.records(message)) {
      batch.push(record)
      octets += record.length
      if (octets < BATCH_OCTETS) continue
      yield Buffer.concat(batch)
      batch = []
      octets = 0
    }
  yield Buffer.concat(batch)
}
