// What `sipwright init` writes: a feature that passes as it is, and the script it drives.

export const SCRIPT = `# A registrar and stateful proxy: the smallest script that carries calls.

loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "maxfwd.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"

route {
  if (!mf_process_maxfwd_header("10")) {
    sl_send_reply("483", "Too Many Hops");
    break;
  };

  # In-dialog requests follow their route set.
  if (loose_route()) {
    t_relay();
    break;
  };
  record_route();

  # Requests for somebody else go where they say.
  if (uri != myself) {
    if (!t_relay()) { sl_reply_error(); };
    break;
  };

  if (method == "REGISTER") {
    save("location");
    break;
  };

  if (!lookup("location")) {
    sl_send_reply("404", "Not Found");
    break;
  };
  if (!t_relay()) { sl_reply_error(); };
}
`

export const FEATURE = `Feature: Calls through our proxy

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy runs the script "features/scripts/proxy.cfg"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |
    And Bob is registered

  Scenario: Bob answers
    When Alice calls Bob
    Then Bob rings
    When Bob answers
    Then the call between Alice and Bob is established
    When Alice hangs up
    Then the call between Alice and Bob has ended

  Scenario: Bob is busy
    When Alice calls Bob
    Then Bob rings
    When Bob rejects the call with 486
    Then the call of Alice fails with 486

  Scenario: Nobody is registered there
    When Alice calls sip:carol@example.com
    Then the call of Alice fails with 404
`
