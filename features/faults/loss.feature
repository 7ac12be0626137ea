@faults
Feature: Calls survive a bad network

  Every scenario here is run with many seeds: whatever the network does, the call works out.

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy runs the script "../scripts/forward.ser"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |
    And Bob is registered

  Scenario: Packets are lost, doubled, late and out of order
    Given the link between Alice and the proxy loses 10 %
    And the link between Bob and the proxy loses 10 %
    And the link between Alice and the proxy duplicates 10 %
    And the link between Bob and the proxy varies by 40 ms
    And the link between Bob and the proxy reorders 10 %
    When Alice calls sip:bob@example.com
    Then Bob rings
    When Bob answers
    Then the call between Alice and Bob is established
    When Alice hangs up
    Then the call between Alice and Bob has ended

  Scenario: A slow link
    Given the link between Bob and the proxy delays by 300 ms
    When Alice calls sip:bob@example.com
    Then Bob rings
    When Bob answers
    Then the call between Alice and Bob is established
    And Bob received exactly 1 INVITE
    When Bob hangs up
    Then the call between Alice and Bob has ended

  Scenario: The first of everything is lost
    Given the first INVITE from Alice to the proxy is lost
    And the first INVITE from the proxy to Bob is lost
    And the first 200 to INVITE from Bob to the proxy is lost
    And the first ACK from Alice to the proxy is lost
    And the first BYE from Alice to the proxy is lost
    When Alice calls sip:bob@example.com
    Then Bob rings
    When Bob answers
    Then the call between Alice and Bob is established
    When Alice hangs up
    Then the call between Alice and Bob has ended

  Scenario: A doubled INVITE rings once
    Given the first INVITE from Alice to the proxy is duplicated
    When Alice calls sip:bob@example.com
    Then Bob rings
    And Bob received exactly 1 INVITE
    And the proxy absorbs the retransmissions of the INVITE

  Scenario: The link to the phone is down, and comes back in time
    When the link between Bob and the proxy goes down
    And Alice calls sip:bob@example.com
    And 3 s pass
    And the link between Bob and the proxy comes back
    Then Bob rings
    When Bob rejects the call with 486
    Then the call of Alice fails with 486

  Scenario: The link to the phone stays down
    When the link between Bob and the proxy goes down
    And Alice calls sip:bob@example.com
    Then within 40 s, the call of Alice fails with 408

  @rfc3261
  Scenario: The phone is off: an ICMP error ends the wait at once
    Given Bob answers with ICMP port unreachable
    When Alice calls sip:bob@example.com
    Then within 1 s, the call of Alice fails with 500
