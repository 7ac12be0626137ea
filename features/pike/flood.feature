Feature: Who floods the proxy is told to go away

  Background:
    Given the proxy runs the script:
      """ser
      modparam("pike", "sampling_time_unit", 2)
      modparam("pike", "reqs_density_per_unit", 10)
      modparam("pike", "remove_latency", 60)

      route {
        if (!pike_check_req()) {
          xlog("L_WARN", "flood from %is");
          break;
        };
        sl_send_reply("200", "OK");
      }
      """
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Mal   | sip:mal@example.com   | 10.0.0.66 |

  Scenario: A flood is not answered any more, the neighbours are
    When Mal sends 60 OPTIONS to sip:example.com
    Then Mal received between 10 and 30 200
    And the log contains "10.0.0.66 is blocked" 1 time
    And the log contains "flood from 10.0.0.66"
    When Alice sends the OPTIONS to sip:example.com
    Then Alice receives a 200

  Scenario: Who calms down is served again
    When Mal sends 60 OPTIONS to sip:example.com
    And 120 s passes
    And Mal sends the OPTIONS to sip:example.com
    Then the log contains "10.0.0.66 is free again"

  Scenario: A phone that talks at its pace is never blocked
    When Alice sends 5 OPTIONS to sip:example.com
    And 2 s passes
    And Alice sends 5 OPTIONS to sip:example.com
    And 2 s passes
    And Alice sends 5 OPTIONS to sip:example.com
    Then Alice received exactly 15 200
    And the log does not contain "is blocked"
