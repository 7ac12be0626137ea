// Database URLs.

import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { pathOf, serverOf } from './place.js'

describe('a database URL', () => {
  it('names a path with or without slashes before it', () => {
    assert.equal(pathOf('sqlite:ser.db', '/home/ser'), '/home/ser/ser.db')
    assert.equal(pathOf('sqlite://ser.db', '/home/ser'), '/home/ser/ser.db')
    assert.equal(pathOf('dbtext:/var/dbtext/ser', '/home/ser'), '/var/dbtext/ser')
    assert.equal(pathOf('dbtext:///var/dbtext/ser', '/home/ser'), '/var/dbtext/ser')
    assert.throws(() => pathOf('sqlite:', '/'), /names no path/)
  })

  it('names a server, and a password may hold any character', () => {
    assert.deepEqual(serverOf('mysql://ser:he:s@l/o%40@db.example.com:3307/ser'), {
      ...{ host: 'db.example.com', port: 3307, user: 'ser', password: 'he:s@l/o%40', database: 'ser' },
    })
    assert.deepEqual(serverOf('postgres://localhost/ser'), {
      ...{ host: 'localhost', port: undefined, user: undefined, password: undefined, database: 'ser' },
    })
    assert.equal(serverOf('mysql://ser@[2001:db8::1]/ser').host, '2001:db8::1')
  })

  for (const url of [
    'mysql:ser',
    'mysql://localhost',
    'mysql:///ser',
    'mysql://host:port/ser',
    'mysql://h/a/b',
  ])
    it(`is refused when it is none: ${url}`, () => {
      assert.throws(() => serverOf(url), /write it as KIND:/)
    })
})
