@ser
Feature: The proxy as a stateful user agent server

  Background:
    Given the proxy runs the script "scripts/uas.cfg"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |

  Scenario Outline: <user> is answered with <status>
    When Alice calls sip:<user>@example.com
    Then the call of Alice fails with <status>

    Examples:
      | user | status                              |
      | a    | 409                                 |
      | bob  | 699                                 |

  Scenario: A lost ACK: the reply comes again at 1, 3 and 7 seconds, the script runs once
    Given the first ACK from Alice to the proxy is lost
    And the second ACK from Alice to the proxy is lost
    When Alice calls sip:a@example.com
    Then the 409 is retransmitted by the proxy at "1 s, 3 s"
    And the log contains "new transaction" 1 time

  Scenario: A retransmitted request gets the same reply, the script runs once
    Given the first 409 from the proxy to Alice is lost
    When Alice calls sip:a@example.com
    Then the call of Alice fails with 409
    And the proxy answers the retransmissions of the INVITE with 409
    And the log contains "new transaction" 1 time

  Scenario: Registrations are answered without state
    When Alice registers
    Then Alice receives a 200 to REGISTER
