Feature: Who runs the proxy sends requests by hand

  Background:
    Given the phones:
      | name | aor                 | address   |
      | Bob  | sip:bob@example.com | 10.0.0.12 |

  Scenario: A message, and what came of it
    When the control command "t_uac_dlg" is given with the lines:
      """
      MESSAGE
      sip:bob@10.0.0.12
      .
      From: <sip:operator@example.com>
      To: <sip:bob@example.com>
      Content-Type: text/plain
      .
      The server is restarted at noon.
      .
      """
    Then Bob receives a MESSAGE
    And its answer looks like /^200 OK\n\.\n\.\n\.\nVia: /
    When the control command "t_stats" is given
    Then its answer contains "Total: 1 (1 local)"

  Scenario: Nobody there
    When the control command "t_uac_dlg" is given with the lines:
      """
      OPTIONS
      sip:nobody@10.0.0.99
      .
      From: <sip:operator@example.com>
      To: <sip:nobody@example.com>
      .
      .
      """
    Then within 40 s, its answer contains "408 Request Timeout"

  Scenario: A call made for somebody, and taken back
    When the control command "t_uac_dlg" is given with the lines:
      """
      INVITE
      sip:bob@10.0.0.12
      .
      From: <sip:operator@example.com>
      To: <sip:bob@example.com>
      Contact: <sip:operator@!!>
      Call-ID: by-hand
      CSeq: 1 INVITE
      .
      .
      """
    Then Bob rings
    When the control command "t_uac_cancel by-hand 1" is given
    Then it answers "200 fifo_uac_cancel succeeded"
    And Bob receives a CANCEL
