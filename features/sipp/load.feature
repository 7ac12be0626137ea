@sipp @load
Feature: Call load from SIPp scenarios

  Thousands of calls pass in virtual time while a moment goes by; their failures, repetitions and response times are
  judged like those of a load generator.

  Background:
    Given the proxy listens on "udp:127.0.5.1:5060, tcp:127.0.5.1:5060"
    And the proxy serves the domain "example.com"
    And the phones:
      | name   | address   |
      | Caller | 127.0.5.41 |
      | Callee | 127.0.5.42 |
    And the proxy runs the script:
      """ser
      route {
        record_route();
        if (loose_route()) { t_relay(); break; };
        rewritehostport("127.0.5.42:5060");
        t_relay();
      }
      """
    And Callee plays the SIPp scenario "uas"

  Scenario: Every call of a load succeeds
    Given Caller plays the SIPp scenario "uac" for 300 calls, 50 a second
    Then exactly 300 calls of the SIPp scenario of Caller succeed
    And no calls of the SIPp scenario of Caller fail
    And the SIPp scenario of Caller needed no retransmissions
    And the longest response time of the SIPp scenario of Caller is at most 100 ms

  @sipp-inproc
  Scenario: Where nothing takes time, nobody waits
    Given Caller plays the SIPp scenario "uac" for 100 calls, 50 a second
    Then the longest response time of the SIPp scenario of Caller is at most 10 ms

  Scenario: A slow link shows in the response times
    Given the link between Callee and the proxy delays by 50 ms
    And Caller plays the SIPp scenario "uac" for 50 calls, 50 a second
    Then the SIPp scenario of Caller succeeds
    And the mean response time of the SIPp scenario of Caller is at most 120 ms

  @seeded
  Scenario: Calls survive a link that loses packets, at the price of repetitions
    Given the link between Caller and the proxy loses 5 %
    And Caller plays the SIPp scenario "uac" for 100 calls, 20 a second
    Then at least 95 calls of the SIPp scenario of Caller succeed
    And the SIPp scenario of Caller needed at least 1 retransmissions

  Scenario: Not more calls at once than allowed
    Given Caller plays the SIPp scenario "uac" for 20 calls, 100 a second, at most 5 at once
    Then exactly 20 calls of the SIPp scenario of Caller succeed
