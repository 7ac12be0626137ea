Feature: The default configuration with authentication
  Anyone could register any name and call under it, if nobody asked for a password. With this script nobody can.

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy runs the script "../scripts/default-auth.cfg"
    And the table subscriber contains:
      | username | domain      | ha1                              |
      | alice    | example.com | 2ea68a710b96a2d11cb42c2b3758287a |
      | bob      | example.com | 37593d991414f52c30246c60c7798431 |
    And the phones:
      | name    | aor                     | address   | password |
      | Alice   | sip:alice@example.com   | 10.0.0.11 | wonder   |
      | Bob     | sip:bob@example.com     | 10.0.0.12 | builder  |
      | Mallory | sip:alice@example.com   | 10.0.0.66 | guess    |
      | Guest   | sip:guest@elsewhere.org | 10.0.0.77 |          |

  Scenario: Who has the password registers and is called
    When Alice registers
    Then the registration of Alice is accepted
    When Bob registers
    Then the registration of Bob is accepted
    When Alice calls sip:bob@example.com
    And Bob answers
    Then the call between Alice and Bob is established
    And Bob receives an INVITE with:
      | header              | check  | value |
      | Proxy-Authorization | absent |       |
    When Bob hangs up
    Then the call between Alice and Bob has ended

  Scenario: A wrong password registers nothing
    When Mallory registers
    Then the registration of Mallory is refused with 401
    And sip:alice@example.com has no bindings

  Scenario: A user with a password of his own cannot register another's name
    Given Bob is registered
    When Bob sends the REGISTER to sip:example.com with the headers:
      | name    | value                       |
      | To      | <sip:alice@example.com>     |
      | Contact | <sip:bob@10.0.0.12>         |
    Then Bob receives a 403 with:
      | header | check | value |
      | CSeq   | contains | REGISTER |
    And sip:alice@example.com has no bindings

  Scenario: A call under another's name is refused
    Given Alice is registered
    When Mallory calls sip:bob@example.com
    Then the call of Mallory fails with 407

  Scenario: Callers from elsewhere are not asked
    Given Bob is registered
    When Guest calls sip:bob@example.com
    And Bob answers
    Then the call between Guest and Bob is established

  Scenario: A nonce that is too old is renewed without the user
    Given Alice is registered for 1000 s
    And Bob is registered
    When 400 s pass
    And Alice calls sip:bob@example.com
    And Bob answers
    Then the call between Alice and Bob is established

  Scenario: While the database is down registrations are the server's mistake, and calls of strangers go on
    Given Bob is registered
    When the database fails
    And Alice registers
    Then the registration of Alice is refused with 500
    When Guest calls sip:bob@example.com
    And Bob answers
    Then the call between Guest and Bob is established
