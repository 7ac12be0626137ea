// SER module print: a line on standard output (SER's example of a module). Here it is a log line, said whatever the
// level of the log is.

import type { Context } from '../proxy/context.js'
import type { ModuleRecord } from '../proxy/module.js'

const ALWAYS = -3

export const print: ModuleRecord = {
  name: 'print_stdout',
  file: 'print',
  about: 'a line whatever the log level is',
  params: {},
  start: () => ({}),
  functions: {
    print: {
      args: ['string'],
      routes: ['request'],
      about: 'writes the text',
      call: (context: Context, text: string) => {
        context.log(ALWAYS, text)
        return 1
      },
    },
  },
}
