@failure_route @timers
Feature: Calls that fail at the phone go to voicemail

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy runs the script:
      """ser
      modparam("tm", "fr_timer", 5)
      modparam("tm", "fr_inv_timer", 20)

      route {
        if (method == "REGISTER") { save("location"); break; };
        record_route();
        if (loose_route()) { t_relay(); break; };
        if (!lookup("location")) { sl_send_reply("404", "Not Found"); break; };
        t_on_failure("1");
        t_relay();
      }

      failure_route[1] {
        if (t_check_status("486|408|480")) {
          revert_uri();
          rewritehostport("10.0.0.50:5060");
          append_branch();
          t_relay();
        };
      }
      """
    And the phones:
      | name      | aor                   | address   |
      | Alice     | sip:alice@example.com | 10.0.0.11 |
      | Bob       | sip:bob@example.com   | 10.0.0.12 |
      | Voicemail |                       | 10.0.0.50 |
    And Bob is registered
    And Voicemail answers after 0 s

  Scenario: Busy
    Given Bob rejects every call with 486
    When Alice calls sip:bob@example.com
    Then failure_route "1" runs for 486 from Bob
    And the call falls back to Voicemail
    And the Request-URI of the INVITE received by Voicemail is sip:bob@10.0.0.50:5060
    And the call between Alice and Voicemail is established
    And Alice received no 486

  Scenario: No answer for twenty seconds, tested in no time
    When Alice calls sip:bob@example.com
    Then Bob rings
    When 19 s passes
    Then failure_route "1" does not run
    When 1 s passes
    Then fr_inv_timer fires 20 s after the 180 from Bob
    And Bob receives a CANCEL
    And failure_route "1" runs for 408
    And the call between Alice and Voicemail is established

  Scenario: The phone is unreachable
    Given Bob does not respond at all
    When Alice calls sip:bob@example.com
    Then the INVITE is retransmitted by the proxy at "500 ms, 1.5 s, 3.5 s"
    And fr_timer fires 5 s after the INVITE to Bob
    And the call falls back to Voicemail

  Scenario: A refusal that is not listed is passed on
    Given Bob rejects every call with 603 Decline
    When Alice calls sip:bob@example.com
    Then failure_route "1" runs exactly 1 time
    And the call of Alice fails with 603
    And no message is sent to Voicemail

  Scenario: The caller hangs up first, so nothing falls back
    When Alice calls sip:bob@example.com
    Then Bob rings
    When Alice cancels the call
    Then Bob receives a CANCEL
    And the call of Alice fails with 487
    And no message is sent to Voicemail

  Scenario: Voicemail is down as well
    Given Bob rejects every call with 486
    And Voicemail does not respond at all
    When Alice calls sip:bob@example.com
    Then within 10 s, the call of Alice fails with 4xx
    And no branch is left pending

