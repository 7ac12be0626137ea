@faults
Feature: Calls over TCP

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy runs the script "../scripts/forward.ser"
    And the phones:
      | name  | aor                   | address   | transport |
      | Alice | sip:alice@example.com | 10.0.0.11 | tcp       |
      | Bob   | sip:bob@example.com   | 10.0.0.12 | tcp       |
      | Ulla  | sip:ulla@example.com  | 10.0.0.13 | udp       |
    And Bob is registered
    And Ulla is registered

  @both
  Scenario: A call over TCP from end to end
    When Alice calls sip:bob@example.com
    Then Bob rings
    When Bob answers
    Then the call between Alice and Bob is established
    When Alice hangs up
    Then the call between Alice and Bob has ended

  @both
  Scenario: From TCP to UDP
    When Alice calls sip:ulla@example.com
    Then Ulla rings
    When Ulla answers
    Then the call between Alice and Ulla is established
    When Ulla hangs up
    Then the call between Alice and Ulla has ended

  Scenario: Over TCP nothing is retransmitted
    Given Bob sends nothing unless told to
    When Alice calls sip:bob@example.com
    Then nothing is sent for 10 s
    And Bob received exactly 1 INVITE

  Scenario: A connection that is reset is opened again for the next request
    When Alice calls sip:bob@example.com
    And Bob answers
    Then the call between Alice and Bob is established
    When the TCP connection of Bob is reset
    And Alice hangs up
    Then the call between Alice and Bob has ended
