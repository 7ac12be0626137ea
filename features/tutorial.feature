@ser
Feature: The tutorial scripts of the SER guide

  Scenario: Default configuration: register, call, hang up
    Given the proxy serves the domain "example.com"
    And the proxy runs the script "scripts/default.cfg"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |
    And Alice is registered
    And Bob is registered
    When Alice calls sip:bob@example.com
    Then Bob rings
    And Bob receives an INVITE with:
      | header       | check    | value   |
      | Record-Route | contains | ;lr=on> |
    When Bob answers
    Then the call between Alice and Bob is established
    When Bob hangs up
    Then the call between Alice and Bob has ended

  Scenario: Default configuration: who is not registered is not found
    Given the proxy serves the domain "example.com"
    And the proxy runs the script "scripts/default.cfg"
    And Alice is a phone at "10.0.0.11"
    When Alice calls sip:nobody@example.com
    Then the call of Alice fails with 404 Not Found

  Scenario: Redirect server: the destination set is in Contact
    Given the proxy runs the script "scripts/redirect.cfg"
    And Alice is a phone at "10.0.0.11"
    When Alice calls sip:bob@example.com
    Then Alice is redirected with 300 to:
      | contact                         |
      | sip:parallel@siphub.example:9   |
      | sip:redirect@siphub.example:9   |

  Scenario: On-reply processing: the last resort answers
    Given the proxy runs the script "scripts/onreply.cfg"
    And the phones:
      | name     | aor                   | address   |
      | Alice    | sip:alice@example.com | 10.0.0.11 |
      | One      |                       | 10.0.0.21 |
      | Two      |                       | 10.0.0.22 |
      | Nonsense |                       | 10.0.0.23 |
      | Foo      |                       | 10.0.0.24 |
    And One rejects every call with 404
    And Two does not respond at all
    And Nonsense rejects every call with 486
    And Foo answers after 1 s
    When Alice calls sip:anybody@example.com
    Then failure_route "1" runs for 404 from One
    And failure_route "2" runs
    And the call between Alice and Foo is established
    And Alice received no 404
    And the call is tried at One, then Nonsense, then Foo in series

  Scenario: On-reply processing: when all fail the lowest code of all is the answer
    Given the proxy runs the script "scripts/onreply.cfg"
    And the phones:
      | name     | aor                   | address   |
      | Alice    | sip:alice@example.com | 10.0.0.11 |
      | One      |                       | 10.0.0.21 |
      | Two      |                       | 10.0.0.22 |
      | Nonsense |                       | 10.0.0.23 |
      | Foo      |                       | 10.0.0.24 |
    And One rejects every call with 404
    And Two rejects every call with 480
    And Nonsense rejects every call with 486
    And Foo rejects every call with 480
    When Alice calls sip:anybody@example.com
    Then the call of Alice fails with 404
    And failure_route "1" runs exactly 1 time
    And failure_route "2" runs exactly 1 time
