Feature: Timers and retransmissions, exact and in no time

  Background:
    Given the proxy serves the domain "example.com"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |
    And the proxy runs the script "scripts/forward.ser"
    And Bob is registered

  @rfc3261
  Scenario: An INVITE that nobody answers is sent seven times in 32 seconds
    Given Bob does not respond at all
    When Alice calls sip:bob@example.com
    Then the INVITE is retransmitted by the proxy at "500 ms, 1.5 s, 3.5 s, 7.5 s, 15.5 s, 31.5 s"
    And within 33 s, the call of Alice fails with 408
    And fr_timer fires 32 s after the INVITE to Bob

  @ser
  Scenario: SER counts whole seconds: 1, 2, then every 4
    Given Bob does not respond at all
    When Alice calls sip:bob@example.com
    Then the INVITE is retransmitted by the proxy at "1 s, 3 s, 7 s, 11 s, 15 s"
    And fr_timer fires 30 s after the INVITE to Bob
    And the call of Alice fails with 408

  Scenario: A phone that rings too long: two minutes of fr_inv_timer
    Given the module parameter "fr_inv_timer" of tm is 120
    When Alice calls sip:bob@example.com
    Then Bob rings
    When 119 s passes
    Then Bob received no CANCEL
    When 1 s passes
    Then fr_inv_timer fires 120 s after the 180 from Bob
    And Bob receives a CANCEL
    And the call of Alice fails with 408

  Scenario: Ringing again starts the ringing time again
    Given the module parameter "fr_inv_timer" of tm is 20
    When Alice calls sip:bob@example.com
    Then Bob rings
    When 15 s passes
    And Bob sends 183
    And 15 s passes
    Then Bob received no CANCEL
    When Bob answers
    Then the call between Alice and Bob is established

  Scenario: A provisional response ends the retransmission of an INVITE
    Given Bob sends nothing unless told to
    When Alice calls sip:bob@example.com
    And Bob sends 183
    Then nothing is sent for 10 s
    When Bob answers
    Then Alice receives a 200 to INVITE

  @rfc3261
  Scenario: A 2xx whose ACK is lost is sent again by the callee until the ACK comes
    Given the first ACK from Alice to the proxy is lost
    When Alice calls sip:bob@example.com
    And Bob answers
    Then the 200 to INVITE is retransmitted by Bob at "500 ms"
    And the call between Alice and Bob is established
    And Alice received exactly 1 200 to INVITE

  Scenario: The caller's retransmissions are absorbed
    Given the first 100 from the proxy to Alice is lost
    And the first 180 from the proxy to Alice is lost
    When Alice calls sip:bob@example.com
    Then Bob rings
    When 2 s passes
    Then the proxy absorbs the retransmissions of the INVITE
    And Bob received exactly 1 INVITE

  @rfc3261
  Scenario: Other requests are retransmitted at most every four seconds
    Given Bob does not respond at all
    When Alice sends the OPTIONS to sip:bob@example.com
    Then the OPTIONS is retransmitted by the proxy at "500 ms, 1.5 s, 3.5 s, 7.5 s, 11.5 s"
    When 40 s passes
    Then Alice receives no 408
