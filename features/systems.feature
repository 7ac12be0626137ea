@systems
Feature: The same calls through other systems

  Two proxies that follow the same standard send the same messages, but for what is said here.

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy runs the script "scripts/forward.ser"
    And each scenario also runs against:
      | name     | script                       |
      | kamailio | scripts/forward.kamailio.cfg |
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |
    And Bob is registered

  Scenario: A call is answered and ended
    When Alice calls sip:bob@example.com
    Then Bob rings
    When Bob answers
    Then the call between Alice and Bob is established
    When Alice hangs up
    Then the call between Alice and Bob has ended
    And all systems under test behave alike except for:
      | message | header       |
      | INVITE  | Max-Breadth  |
      | BYE     | Max-Breadth  |
      | BYE     | Record-Route |
      | ACK     | Record-Route |

  Scenario: Nobody is registered under the address
    When Alice calls sip:carol@example.com
    Then the call of Alice fails with 404 Not Found
    And all systems under test behave alike
