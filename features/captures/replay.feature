@ser
Feature: Captures played again

  The recorded parties stand at their recorded addresses and send what they sent; what each of them gets is compared with
  what it got then. Branches and tags that the proxy makes up may differ.

  Scenario: A call through the default configuration, both sides from the capture
    Given the proxy runs the script "captures/oracle/def-invite-registered/script.cfg"
    And the proxy listens on "udp:127.0.0.1:45070"
    And the capture "captures/oracle/def-invite-registered/capture.pcap" with the parties:
      | address         | phone  |
      | 127.0.0.1:45171 | Caller |
      | 127.0.0.1:45181 | Bob    |
    When the capture is replayed as both sides
    Then what Caller receives matches the capture
    And what Bob receives matches the capture

  Scenario: A recorded caller meets phones that are not recorded
    Given the proxy runs the script "captures/oracle/fork-cancel/script.cfg"
    And the proxy listens on "udp:127.0.0.1:45070"
    And the phones:
      | name | address         |
      | One  | 127.0.0.1:45181 |
      | Two  | 127.0.0.1:45182 |
    And Two rings only when told to
    And the capture "captures/oracle/fork-cancel/capture.pcap" with the parties:
      | address         | phone  |
      | 127.0.0.1:45171 | Caller |
    When the capture is replayed as Caller
    Then One stops ringing
    And Two stops ringing

  Scenario: A header that the proxy writes otherwise is ignored where a scenario says so
    Given the proxy runs the script:
      """
      route {
        append_hf("P-Hint: today\r\n");
        seturi("sip:one@127.0.0.1:45181");
        append_branch("sip:two@127.0.0.1:45182");
        t_relay();
      }
      """
    And the proxy listens on "udp:127.0.0.1:45070"
    And the capture "captures/oracle/fork-cancel/capture.pcap" with the parties:
      | address         | phone  |
      | 127.0.0.1:45171 | Caller |
      | 127.0.0.1:45181 | One    |
    When the capture is replayed as both sides
    Then what Caller receives matches the capture
    And what One receives matches the capture, ignoring:
      | P-Hint |

  Scenario: What happened is saved as a capture and as a feature
    Given the phones:
      | name  | address   |
      | Alice | 10.0.0.11 |
      | Bob   | 10.0.0.12 |
    And Bob is registered
    When Alice calls Bob
    Then Bob rings
    When Bob answers
    Then the call between Alice and Bob is established
    And the call flow is saved as "reports/captures/saved.pcap"
    And the call flow is saved as "reports/captures/saved.feature"
