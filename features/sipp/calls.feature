@sipp
Feature: SIPp scenarios through the proxy

  SIPp scenarios are played in process: no SIPp is needed, and in virtual time nothing is waited for.

  Background:
    Given the proxy listens on "udp:127.0.5.1:5060, tcp:127.0.5.1:5060"
    And the proxy serves the domain "example.com"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 127.0.5.11 |
      | Bob   | sip:bob@example.com   | 127.0.5.12 |

  @sipp-inproc
  Scenario: A call between two scenarios that every SIPp has, message by message
    Given the proxy runs the script:
      """ser
      route {
        record_route();
        if (loose_route()) { t_relay(); break; };
        rewritehostport("127.0.5.12:5060");
        t_relay();
      }
      """
    And Bob plays the SIPp scenario "uas"
    And Alice plays the SIPp scenario "uac" with:
      | key    | service | bob |
      | option | -d      | 1s  |
    Then the SIPp scenario of Alice succeeds
    And the SIPp scenario of Bob succeeds
    And the message flow is:
      | from  | message | to    |
      | Alice | INVITE  | proxy |
      | proxy | 100     | Alice |
      | proxy | INVITE  | Bob   |
      | Bob   | 180     | proxy |
      | Bob   | 200     | proxy |
      | proxy | 180     | Alice |
      | proxy | 200     | Alice |
      | Alice | ACK     | proxy |
      | proxy | ACK     | Bob   |
      | Alice | BYE     | proxy |
      | proxy | BYE     | Bob   |
      | Bob   | 200     | proxy |
      | proxy | 200     | Alice |

  Scenario: Scenarios of the team's own, to a registered phone
    Given Bob is registered
    And Bob plays the SIPp scenario "scenarios/call_server.xml"
    And Alice plays the SIPp scenario "scenarios/call_client.xml" with:
      | key | service | bob |
    When 30 s passes
    Then the SIPp scenario of Alice succeeds
    And the SIPp scenario of Bob succeeds

  Scenario: An answer that the scenario does not expect
    Given Bob is registered
    And Bob plays the SIPp scenario "scenarios/busy_server.xml"
    And Alice plays the SIPp scenario "scenarios/unexpected_client.xml" with:
      | key | service | bob |
    Then the SIPp scenario of Alice fails with "UnexpectedMessage"
    And the SIPp scenario of Alice fails with "while expecting '180'"
    And the SIPp scenario of Alice ends with exit code 1

  Scenario: A busy phone is a success for the scenario that expects it
    Given the proxy runs the script:
      """ser
      route {
        rewritehostport("127.0.5.12:5060");
        t_relay();
      }
      """
    And Bob plays the SIPp scenario "scenarios/busy_server.xml"
    And Alice plays the SIPp scenario "scenarios/busy_client.xml"
    Then the SIPp scenario of Alice succeeds
    And the SIPp scenario of Bob succeeds
    And Alice received exactly 1 486

  Scenario: A proxy that refuses what the scenario wants challenged
    Given the proxy runs the script:
      """ser
      route {
        sl_send_reply("403", "Forbidden");
      }
      """
    And Alice plays the SIPp scenario "scenarios/register_client.xml"
    Then the SIPp scenario of Alice fails with "while expecting '401'"

  Scenario: A phone of the harness calls a SIPp scenario
    Given the proxy runs the script:
      """ser
      route {
        record_route();
        if (loose_route()) { t_relay(); break; };
        rewritehostport("127.0.5.12:5060");
        t_relay();
      }
      """
    And Bob plays the SIPp scenario "uas"
    When Alice calls sip:bob@example.com
    Then Alice hears ringback
    When Alice hangs up
    Then the SIPp scenario of Bob succeeds

  Scenario: The loser of a fork ends its call with the Via of the CANCEL, as many scenario files do
    Given the phones:
      | name | address    |
      | Cell | 127.0.5.13 |
    And the proxy runs the script:
      """ser
      route {
        record_route();
        if (loose_route()) { t_relay(); break; };
        rewritehostport("127.0.5.12:5060");
        append_branch("sip:service@127.0.5.13:5060");
        t_relay();
      }
      """
    And Bob plays the SIPp scenario "scenarios/routed_server.xml"
    And Cell plays the SIPp scenario "scenarios/cancel_server.xml"
    And Alice plays the SIPp scenario "scenarios/routes_client.xml" with:
      | option | -d | 200 |
    Then the SIPp scenario of Alice succeeds
    And the SIPp scenario of Bob succeeds
    And the SIPp scenario of Cell succeeds
    And Cell receives an ACK
