Feature: Instant messages for who is offline

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy runs the script "../scripts/messages.cfg"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |

  Scenario: Who is there gets the message at once
    Given Bob is registered
    When Alice sends the text "Hello Bob" to sip:bob@example.com
    Then Bob gets the text "Hello Bob"
    And Alice receives a 200 to MESSAGE
    And the table silo has no rows

  Scenario: Who comes later gets it then, with the time when it was sent
    When Alice sends the text "See you" to sip:bob@example.com
    Then Alice receives a 202 to MESSAGE
    And the table silo has 1 row
    And the table silo holds:
      | src_addr              | dst_addr            | r_uri               | body    | ctype      |
      | sip:alice@example.com | sip:bob@example.com | sip:bob@example.com | See you | text/plain |
    When 90 s pass
    And Bob registers
    Then Bob gets the text "[Offline message - Thu Jan  1 00:00:00 2026] See you"
    And Bob receives a MESSAGE with:
      | header | check    | value                 |
      | From   | contains | sip:alice@example.com |
      | To     | contains | sip:bob@example.com   |
    And the table silo has no rows

  Scenario: The sender is told when he can be told
    Given Alice is registered
    When Alice sends the text "See you" to sip:bob@example.com
    Then Alice gets the text "User [sip:bob@example.com] is offline. The message will be delivered when user goes online."

  Scenario: Several messages arrive in their order, each once
    When Alice sends the text "one" to sip:bob@example.com
    And Alice sends the text "zwei: Grüße" to sip:bob@example.com
    And Alice sends the text "three" to sip:bob@example.com
    Then the table silo has 3 rows
    When Bob registers
    Then Bob gets the text "three"
    And Bob gets the text "zwei: Grüße"
    And Bob got 3 texts
    And the table silo has no rows
    When Bob registers
    And 60 s pass
    Then Bob got 3 texts

  Scenario: A phone that is registered and silent gets it when it is back
    Given Bob is registered
    And Bob does not respond at all
    When Alice sends the text "Are you there?" to sip:bob@example.com
    Then Alice receives a 202 to MESSAGE
    And the table silo has 1 row

  Scenario: A message that expires is not kept for ever
    When Alice sends the text "Lunch?" to sip:bob@example.com with the headers:
      | Expires | 3600 |
    Then the table silo has 1 row
    When 1 hour passes
    And Bob registers
    Then Bob got 0 texts
    When 10 minutes pass
    Then the table silo has no rows

  Scenario: Who goes gets nothing
    When Alice sends the text "See you" to sip:bob@example.com
    And Bob unregisters
    Then Bob got 0 texts
    And the table silo has 1 row

  Scenario: Without its database the sender is told so
    When the database fails
    And Alice sends the text "See you" to sip:bob@example.com
    Then Alice receives a 503 to MESSAGE
    And the log contains "ERROR: msilo: table silo cannot be used"

  Scenario Outline: What a message says stays what it is
    When Alice sends the text "<text>" to sip:bob@example.com
    Then the table silo has 1 row
    When Bob registers
    Then Bob gets the text "<text>"
    And the table silo has no rows

    Examples:
      | text                                |
      | '); DELETE FROM silo; --            |
      | $(touch pwned) `id` ; \| &     |
      | %s %n ../../etc/passwd              |
      | SIP/2.0 200 OK                      |
