@forwarding @rfc3261:16
Feature: Stateful forwarding to a registered phone

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy listens on "udp:10.0.0.1:5060"
    And the proxy runs the script:
      """ser
      route {
        if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); break; };
        if (method == "REGISTER") { save("location"); break; };
        record_route();
        if (loose_route()) { t_relay(); break; };
        if (!lookup("location")) { sl_send_reply("404", "Not Found"); break; };
        if (!t_relay()) { sl_reply_error(); };
      }
      """
    And the proxy runs the script:
      """kamailio
      log_stderror=yes
      loadmodule "kex.so"
      loadmodule "pv.so"
      loadmodule "sl.so"
      loadmodule "tm.so"
      loadmodule "tmx.so"
      loadmodule "rr.so"
      loadmodule "maxfwd.so"
      loadmodule "usrloc.so"
      loadmodule "registrar.so"
      loadmodule "siputils.so"
      loadmodule "textops.so"

      request_route {
        if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
        if (is_method("REGISTER")) { save("location"); exit; }
        record_route();
        if (loose_route()) { t_relay(); exit; }
        if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
        if (!t_relay()) sl_reply_error();
      }
      """
    And the phones:
      | name  | aor                   | address       |
      | Alice | sip:alice@example.com | 10.0.0.11     |
      | Bob   | sip:bob@example.com   | 10.0.0.12     |
    And Bob is registered

  @both
  Scenario: A call is forwarded, answered and ended
    When Alice calls sip:bob@example.com
    Then Bob rings
    And the Request-URI of the INVITE received by Bob is sip:bob@10.0.0.12:5060
    And the INVITE received by Bob has 2 Via headers, the topmost added by the proxy
    And the Max-Forwards of the INVITE received by Bob is 69
    And Alice hears ringback
    When Bob answers
    Then the call between Alice and Bob is established
    And the SDP received by Bob is the SDP sent by Alice
    When Alice hangs up
    Then the call between Alice and Bob has ended
    And the message flow is:
      | from  | message     | to    |
      | Alice | INVITE      | proxy |
      | proxy | 100         | Alice |
      | proxy | INVITE      | Bob   |
      | Bob   | 180         | proxy |
      | proxy | 180         | Alice |
      | Bob   | 200         | proxy |
      | proxy | 200         | Alice |
      | Alice | ACK         | proxy |
      | proxy | ACK         | Bob   |
      | Alice | BYE         | proxy |
      | proxy | BYE         | Bob   |
      | Bob   | 200         | proxy |
      | proxy | 200         | Alice |

  Scenario: Nobody is registered under the address
    When Alice calls sip:carol@example.com
    Then the call of Alice fails with 404 Not Found
    And no message is sent to Bob

  Scenario: A request that ran out of hops is refused
    When Alice calls sip:bob@example.com with the headers:
      | Max-Forwards | 0 |
    Then the call of Alice fails with 483
    And Bob does not ring

  @both
  Scenario Outline: The rejection of the callee reaches the caller
    Given Bob rejects every call with <status>
    When Alice calls sip:bob@example.com
    Then the call of Alice fails with <status>
    And Bob received exactly 1 ACK

    Examples:
      | status              |
      | 486 Busy Here       |
      | 480                 |
      | 603 Decline         |

  @retransmission @timers
  Scenario: A lost INVITE is retransmitted by the proxy, not shown to the caller
    Given the first INVITE from the proxy to Bob is lost
    And the second INVITE from the proxy to Bob is lost
    When Alice calls sip:bob@example.com
    Then within 2 s, Bob rings
    And the INVITE is retransmitted by the proxy at "500 ms, 1.5 s"
    And Alice received exactly 1 100
