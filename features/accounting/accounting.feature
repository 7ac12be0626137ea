Feature: Accounting: who called whom

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy runs the script "../scripts/accounting.cfg"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |
    And Bob is registered

  Scenario: A call is accounted for from its answer to its end
    When Alice calls sip:bob@example.com
    Then Bob rings
    And no accounting records are written
    When Bob answers
    Then the call between Alice and Bob is established
    And an accounting record is written with:
      | sip_method | INVITE                        |
      | sip_status | 200                           |
      | i_uri      | sip:bob@example.com           |
      | o_uri      | sip:bob@10.0.0.12:5060        |
      | from_uri   | sip:alice@example.com         |
      | to_uri     | sip:bob@example.com           |
      | username   | alice                         |
      | domain     | example.com                   |
      | totag      | /^\w+/                        |
      | time       | 2026-01-01 00:00:00           |
    And an accounting record is written with:
      | sip_method | ACK   |
      | username   | alice |
    When 60 s pass
    And Bob hangs up
    Then the call between Alice and Bob has ended
    And an accounting record is written with:
      | sip_method | BYE                   |
      | username   | bob                   |
      | from_uri   | sip:bob@example.com   |
      | to_uri     | sip:alice@example.com |
      | time       | 2026-01-01 00:01:00   |
    And exactly 3 accounting records are written
    And no missed calls are written

  Scenario: The log says the same
    When Alice calls sip:bob@example.com
    And Bob answers
    Then the call between Alice and Bob is established
    And the log contains "ACC: transaction answered: call_id=" 1 time
    And the log contains "code=200, uid=sip:alice@example.com"
    And the log contains "ACC: request acknowledged: " 1 time

  Scenario: A lost 200 is sent again, and the call is accounted for once
    Given the first 200 from the proxy to Alice is lost
    When Alice calls sip:bob@example.com
    And Bob answers
    Then the call between Alice and Bob is established
    And the log contains "ACC: transaction answered: " 1 time

  Scenario: A call that is given up is no answered call
    When Alice calls sip:bob@example.com
    Then Bob rings
    When Alice cancels the call
    Then the call of Alice fails with 487
    And no accounting records are written
    And a missed call is written with:
      | sip_status | /^487/ |
      | username   | bob    |

  Scenario: Accounting goes on without its database, and so do calls
    When the database fails
    And Alice calls sip:bob@example.com
    And Bob answers
    Then the call between Alice and Bob is established
    And the log contains "ERROR: acc: table acc cannot be written"
    And the log contains "ACC: transaction answered: "

  @ser
  Scenario Outline: What a caller writes into his messages stays what it is
    When Alice calls sip:<user>@example.com
    Then the call of Alice fails with 404
    And a missed call is written with:
      | i_uri      | sip:<user>@example.com |
      | sip_status | 404 not found          |
    And exactly 1 missed call is written

    Examples:
      | user                             |
      | a'b"c`d                          |
      | ');DROP/**/TABLE/**/acc;--       |
      | $(touch${IFS}/tmp/pwned);{curl,x |
      | ../../etc/passwd                 |
      | %s%n%00%x                        |
      | \\'OR'1'='1                      |
