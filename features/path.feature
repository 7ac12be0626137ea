Feature: Path, and flows to phones that nobody can call

  The proxy next to the phones writes the way back into Path (RFC 3327): the registrar keeps it, and calls take it. With
  a flow in it (RFC 5626) they reach a phone over the connection that it has opened itself.

  Background:
    Given the proxy edge runs the script:
      """ser
      loadmodule "sl"
      loadmodule "tm"
      loadmodule "rr"
      loadmodule "path"

      route {
        flow_route();
        if (method == "REGISTER") add_path_flow();
        else record_route_flow();
        if (loose_route()) { t_relay(); break; };
        t_relay_to_udp("10.0.0.2", "5060");
      }
      """
    And the proxy home serves the domain "example.com"
    And the proxy home runs the script:
      """ser
      loadmodule "sl"
      loadmodule "tm"
      loadmodule "rr"
      loadmodule "usrloc"
      loadmodule "registrar"
      modparam("registrar", "use_path", 1)

      route {
        if (method == "REGISTER") { save("location"); break; };
        record_route();
        if (loose_route()) { t_relay(); break; };
        if (uri == myself) {
          if (!lookup("location")) { sl_send_reply("404", "Not Found"); break; };
        };
        t_relay();
      }
      """

  Scenario: A call takes the Path of the registration
    Given the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |
    And Bob is registered
    When Alice calls sip:bob@example.com
    Then the INVITE received by Bob has 4 Via headers, the topmost added by the proxy
    When Bob answers
    Then the call between Alice and Bob is established
    When Bob hangs up
    Then the call between Alice and Bob has ended

  Scenario: When the connection of a phone is gone its calls fail with 430
    Given Alice is a phone at "10.0.0.11"
    And Bob is a phone at "10.0.0.12" over TCP
    And Bob is registered
    When the TCP connection of Bob is closed
    And Alice calls sip:bob@example.com
    Then the call of Alice fails with 430
