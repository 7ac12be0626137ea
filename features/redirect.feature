@redirect @rfc3261:8.1.3.4 @rfc3261:16.5
Feature: Redirection by a phone and by the proxy

  Background:
    Given the proxy serves the domain "example.com"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |
      | Carol | sip:carol@example.com | 10.0.0.13 |
    And Bob is registered
    And Carol is registered

  Scenario: Without recursion the 302 goes back to the caller, who follows it
    Given the proxy runs the script "scripts/forward.ser"
    When Alice calls sip:bob@example.com
    And Bob redirects the call with 302 Moved Temporarily to:
      | contact               | q   |
      | sip:carol@10.0.0.13   | 1.0 |
    Then the proxy does not recurse
    And Alice is redirected with 302 to:
      | contact             |
      | sip:carol@10.0.0.13 |
    When Alice calls sip:carol@10.0.0.13
    Then Carol rings

  Scenario: With recursion the proxy tries the contacts itself, highest q first
    Given the proxy runs the script "scripts/recurse.ser"
    When Alice calls sip:bob@example.com
    And Bob redirects the call with 302 to:
      | contact             | q   |
      | sip:bob@10.0.0.99   | 0.2 |
      | sip:carol@10.0.0.13 | 0.9 |
    Then failure_route "1" runs for 302 from Bob
    And the proxy recurses to sip:carol@10.0.0.13
    And Bob received exactly 1 ACK
    When Carol answers
    Then the call between Alice and Carol is established
    And Alice received no 302

  @both
  Scenario: The proxy itself is the redirect server
    Given the proxy runs the script:
      """ser
      route {
        if (method == "ACK") { break; };
        if (uri =~ "^sip:bob@") {
          rewriteuri("sip:bob@new.example.org");
          sl_send_reply("302", "Moved Temporarily");
          break;
        };
        sl_send_reply("404", "Not Found");
      }
      """
    When Alice calls sip:bob@example.com
    Then Alice is redirected with 302 to:
      | contact                  |
      | sip:bob@new.example.org  |
    And Bob does not ring

  Scenario: A redirect loop ends
    Given the proxy runs the script "scripts/recurse.ser"
    And Bob redirects every call with 302 to:
      | contact             |
      | sip:bob@example.com |
    When Alice calls sip:bob@example.com
    Then within 32 s, the call of Alice fails with 4xx
    And Bob received at most 10 INVITE
