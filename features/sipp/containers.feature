@sipp @sipp-docker
Feature: SIPp in containers around the engine

  A caller and two callees, each a real SIPp in a container with an address of its own, on a network that is made for the
  scenario and goes with it. The proxy's address is the host's on that network.

  Background:
    Given the proxy listens on "udp:10.123.46.1:5060"

  Scenario: A call forks to both callees; the first to answer has it
    Given the proxy runs the script:
      """ser
      route {
        record_route();
        if (loose_route()) { t_relay(); break; };
        rewritehostport("10.123.46.12:5060");
        append_branch("sip:service@10.123.46.13:5060");
        t_relay();
      }
      """
    And a SIPp container Desk runs "scenarios/routed_server.xml" at "10.123.46.12"
    And a SIPp container Cell runs "scenarios/cancel_server.xml" at "10.123.46.13"
    And a SIPp container Caller runs "scenarios/routes_client.xml" at "10.123.46.11" with the options "-d 200"
    Then the SIPp scenario of Caller succeeds
    And the SIPp scenario of Desk succeeds
    And the SIPp scenario of Cell succeeds
    And Cell receives a CANCEL
    And Caller received exactly 1 200 to INVITE

  Scenario: A busy callee is replaced by the failure route
    Given the proxy runs the script:
      """ser
      route {
        record_route();
        if (loose_route()) { t_relay(); break; };
        rewritehostport("10.123.46.12:5060");
        t_on_failure("1");
        t_relay();
      }
      failure_route[1] {
        if (t_check_status("486")) {
          append_branch("sip:service@10.123.46.13:5060");
          t_relay();
        };
      }
      """
    And a SIPp container Desk runs "scenarios/busy_server.xml" at "10.123.46.12"
    And a SIPp container Cell runs "scenarios/routed_server.xml" at "10.123.46.13"
    And a SIPp container Caller runs "scenarios/routes_client.xml" at "10.123.46.11" with the options "-m 3 -r 10"
    Then exactly 3 calls of the SIPp scenario of Caller succeed
    And exactly 3 calls of the SIPp scenario of Desk succeed
    And exactly 3 calls of the SIPp scenario of Cell succeed
    And Caller received exactly 0 486

  Scenario: A phone of the harness calls a container
    Given the phones:
      | name  | aor                   | address          |
      | Alice | sip:alice@example.com | 10.123.46.1:5070  |
    And a SIPp container Desk runs "scenarios/routed_server.xml" at "10.123.46.12"
    And the proxy runs the script:
      """ser
      route {
        record_route();
        if (loose_route()) { t_relay(); break; };
        rewritehostport("10.123.46.12:5060");
        t_relay();
      }
      """
    When Alice calls sip:service@example.com
    Then Alice hears ringback
    When Alice hangs up
    Then the SIPp scenario of Desk succeeds
