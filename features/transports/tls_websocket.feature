Feature: Secure and WebSocket transports
  Phones reach the proxy over TLS, over WebSocket (RFC 7118) and over secure WebSocket; the proxy bridges between them
  and UDP. In virtual time a connection is what it is on real sockets, but for the cryptography.

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy listens on "udp:10.0.0.1:5060, tcp:10.0.0.1:5060, tls:10.0.0.1:5061, ws:10.0.0.1:80, wss:10.0.0.1:443"
    And the proxy runs the script "../scripts/default.cfg"

  Scenario Outline: Calls between a phone on <transport> and a phone on UDP
    Given the phones:
      | name  | aor                   | address   | transport   |
      | Alice | sip:alice@example.com | 10.0.0.11 | <transport> |
      | Bob   | sip:bob@example.com   | 10.0.0.12 | UDP         |
    And Alice is registered
    And Bob is registered
    When Alice calls sip:bob@example.com
    And Bob answers
    Then the call between Alice and Bob is established
    When Alice hangs up
    Then the call between Alice and Bob has ended
    When Bob calls sip:alice@example.com
    And Alice answers
    Then the call between Bob and Alice is established
    When Alice hangs up
    Then the call between Bob and Alice has ended

    Examples:
      | transport |
      | TCP       |
      | TLS       |
      | WS        |
      | WSS       |

  Scenario: A browser names a host that nobody can look up, and is called over its connection
    Given the proxy runs the script:
      """ser
      loadmodule "sl.so"
      loadmodule "tm.so"
      loadmodule "rr.so"
      loadmodule "usrloc.so"
      loadmodule "registrar.so"
      loadmodule "nathelper.so"
      route {
        if (proto == ws || proto == wss) {
          force_rport();
          if (method == "REGISTER") fix_nated_register(); else fix_nated_contact();
        };
        if (method == "REGISTER") { save("location"); break; };
        record_route();
        if (loose_route()) { t_relay(); break; };
        if (uri == myself && !lookup("location")) { sl_send_reply("404", "Not Found"); break; };
        t_relay();
      }
      """
    And the phones:
      | name  | aor                   | address   | transport |
      | Alice | sip:alice@example.com | 10.0.0.11 | WSS       |
      | Bob   | sip:bob@example.com   | 10.0.0.12 | UDP       |
    And Alice is registered at the contacts:
      | contact                                    |
      | sip:alice@7p3qj2.invalid;transport=ws      |
    When Bob calls sip:alice@example.com
    And Alice answers
    Then the call between Bob and Alice is established
    And the Request-URI of the INVITE received by Alice is sip:alice@7p3qj2.invalid;transport=ws
    When Bob hangs up
    Then the call between Bob and Alice has ended
