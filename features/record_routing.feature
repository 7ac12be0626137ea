Feature: Record-Route and Route

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy runs the script "scripts/forward.ser"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |
    And Bob is registered

  @both
  Scenario: Requests within the dialog come back through the proxy
    When Alice calls sip:bob@example.com
    Then the INVITE received by Bob has Record-Route of the proxy
    When Bob answers
    Then the call between Alice and Bob is established
    And the ACK received by Bob has 2 Via headers, the topmost added by the proxy
    When Bob hangs up
    Then the call between Alice and Bob has ended
    And the BYE received by Alice has 2 Via headers, the topmost added by the proxy

  Scenario: Both ends know the same route set
    When Alice calls sip:bob@example.com
    And Bob answers
    Then the call between Alice and Bob is established
    And Alice receives a 200 to INVITE with:
      | header       | check   | value                        |
      | Record-Route | matches | /^<sip:10\.0\.0\.1;ftag=.*;lr/ |

  Scenario: Without record_route the dialog goes past the proxy
    Given the proxy runs the script:
      """ser
      route {
        if (method == "REGISTER") { save("location"); break; };
        if (!lookup("location")) { sl_send_reply("404", "Not Found"); break; };
        t_relay();
      }
      """
    When Alice calls sip:bob@example.com
    And Bob answers
    Then the call between Alice and Bob is established
    And the ACK received by Bob has 1 Via header
    When Alice hangs up
    Then the call between Alice and Bob has ended
    And the proxy received no BYE

  Scenario: A re-INVITE takes the same way
    When Alice calls sip:bob@example.com
    And Bob answers
    Then the call between Alice and Bob is established
    When Alice puts the call on hold
    Then Bob received exactly 2 INVITE
    And the SDP received by Bob has:
      | a=sendonly |
    When Alice resumes the call
    Then Bob received exactly 3 INVITE
    When Alice hangs up
    Then the call between Alice and Bob has ended

  Scenario: The next loose router is followed, the Request-URI stays
    Given Edge is a phone at "10.0.0.20"
    When Alice sends the request:
      """
      OPTIONS sip:bob@10.0.0.12 SIP/2.0
      Via: SIP/2.0/UDP 10.0.0.11;branch=<branch>
      Max-Forwards: 70
      Route: <sip:10.0.0.1;lr>, <sip:10.0.0.20;lr>
      From: <sip:alice@example.com>;tag=1
      To: <sip:bob@example.com>;tag=2
      Call-ID: <call-id>
      CSeq: 2 OPTIONS
      Content-Length: 0
      """
    Then the Request-URI of the OPTIONS received by Edge is sip:bob@10.0.0.12
    And Edge receives an OPTIONS with:
      | header | check | value               |
      | Route  | is    | <sip:10.0.0.20;lr>  |

  Scenario: A strict router gets its own URI in the request line
    Given Edge is a phone at "10.0.0.20"
    When Alice sends the request:
      """
      OPTIONS sip:bob@10.0.0.12 SIP/2.0
      Via: SIP/2.0/UDP 10.0.0.11;branch=<branch>
      Max-Forwards: 70
      Route: <sip:10.0.0.1;lr>
      Route: <sip:10.0.0.20>
      From: <sip:alice@example.com>;tag=1
      To: <sip:bob@example.com>;tag=2
      Call-ID: <call-id>
      CSeq: 2 OPTIONS
      Content-Length: 0
      """
    Then the Request-URI of the OPTIONS received by Edge is sip:10.0.0.20
    And Edge receives an OPTIONS with:
      | header | check | value               |
      | Route  | is    | <sip:bob@10.0.0.12> |

  Scenario: Between two transports both sides of the proxy stand in Record-Route
    Given Tina is a phone at "10.0.0.30" over TCP
    And Tina is registered
    When Alice calls sip:tina@10.0.0.30
    Then Tina rings
    And Tina receives an INVITE with:
      | header       | check    | value                    |
      | Record-Route | count    | 2                        |
      | Record-Route | contains | transport=tcp;r2=on      |
    When Tina answers
    Then the call between Alice and Tina is established
    When Tina hangs up
    Then the call between Alice and Tina has ended
