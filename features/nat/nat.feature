Feature: Phones behind NATs

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy runs the script "../scripts/nat.cfg"
    And an RTP proxy at "10.0.0.7"
    And the phones:
      | name  | aor                   | address     |
      | Alice | sip:alice@example.com | 192.168.1.5 |
      | Bob   | sip:bob@example.com   | 10.0.0.12   |
      | Carol | sip:carol@example.com | 192.168.7.7 |
    And Alice is behind a NAT with public address "203.0.113.1"
    And Carol is behind a NAT with public address "198.51.100.1"

  Scenario: Who calls out of a NAT is called back there
    Given Bob is registered
    When Alice calls sip:bob@example.com
    Then Bob rings
    And Bob receives an INVITE with:
      | header  | check    | value             |
      | Contact | contains | 203.0.113.1:40000 |
    When Bob answers
    Then the call between Alice and Bob is established
    When Bob hangs up
    Then the call between Alice and Bob has ended
    And the RTP proxy has no calls

  Scenario: The streams of both sides lead to the RTP proxy
    Given Bob is registered
    When Alice calls sip:bob@example.com
    And Bob answers
    Then the call between Alice and Bob is established
    And the SDP received by Bob has:
      | c=IN IP4 10.0.0.7 |
      | a=nortpproxy:yes  |
    And the SDP received by Alice has:
      | c=IN IP4 10.0.0.7 |
    And the RTP proxy has exactly 1 call

  Scenario: A registered phone is reached behind its NAT, hours later
    Given Bob is registered
    And Carol is registered for 7200 s
    Then sip:carol@example.com has 1 binding
    When 1 hour passes
    And Bob calls sip:carol@example.com
    Then Carol rings
    When Carol answers
    Then the call between Bob and Carol is established
    And the SDP received by Carol has:
      | c=IN IP4 10.0.0.7 |

  Scenario: Without keep-alives the NAT forgets the phone
    Given the module parameter "natping_interval" of nathelper is 0
    And Bob is registered
    And Carol is registered for 7200 s
    When 1 hour passes
    And Bob calls sip:carol@example.com
    Then the call of Bob fails with 408
    And Carol does not ring

  Scenario: Both sides are behind NATs
    Given Carol is registered
    When Alice calls sip:carol@example.com
    Then Carol rings
    When Carol answers
    Then the call between Alice and Carol is established
    When Carol hangs up
    Then the call between Alice and Carol has ended
    And the RTP proxy has no calls

  Scenario: When the RTP proxy is silent, calls go on without it
    Given Bob is registered
    When the RTP proxy does not answer
    And Alice calls sip:bob@example.com
    And Bob answers
    Then the call between Alice and Bob is established
    And the log contains "the RTP proxy does not answer" 1 time

  Scenario: A call that is given up leaves no streams behind
    Given Carol is registered
    When Alice calls sip:carol@example.com
    Then Carol rings
    And the RTP proxy has exactly 1 call
    When Alice cancels the call
    Then the call of Alice fails with 487
    And the RTP proxy has no calls
