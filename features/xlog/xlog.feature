Feature: Log lines with pieces of the message in them

  Background:
    Given the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |

  Scenario: A call as the log tells it
    Given the proxy serves the domain "example.com"
    And the proxy runs the script:
      """ser
      route {
        if (method == "REGISTER") { save("location"); break; };
        xlog("L_NOTICE", "%Tf: %rm from %fu (%is) to %ru");
        record_route();
        if (loose_route()) { t_relay(); break; };
        if (!lookup("location")) { sl_send_reply("404", "Not Found"); break; };
        t_on_reply("1");
        t_on_failure("1");
        t_relay();
      }
      onreply_route[1] { xlog("L_NOTICE", "%rs %rr from %is"); }
      failure_route[1] { xlog("L_NOTICE", "%rm of %fu failed, %rs"); }
      """
    And Bob is registered
    And Bob rejects every call with 486
    When Alice calls sip:bob@example.com
    Then the call of Alice fails with 486 Busy Here
    And the log contains "Thu Jan  1 00:00:00 2026: INVITE from sip:alice@example.com (10.0.0.11) to bob@example.com"
    And the log contains "486 Busy Here from 10.0.0.12"
    And the log contains "INVITE of sip:alice@example.com failed, <null>"

  Scenario Outline: What a header says stays what it is
    Given the proxy runs the script:
      """ser
      route { xlog("L_NOTICE", "agent: %ua!"); sl_send_reply("200", "OK"); }
      """
    When Alice sends the OPTIONS to sip:example.com with the headers:
      | User-Agent | <value> |
    Then the log contains "agent: <value>!"

    Examples:
      | value           |
      | %s%n%d %mb %Crx |
      | $(id) `id`; ls  |
      | '; DROP TABLE   |
      | ../../etc       |

  Scenario: A line that is too long is left out
    Given the module parameter "buf_size" of xlog is 40
    And the proxy runs the script:
      """ser
      route {
        if (!xlog("L_NOTICE", "%mb")) { sl_send_reply("513", "Too long"); break; };
        sl_send_reply("200", "OK");
      }
      """
    When Alice sends the OPTIONS to sip:example.com
    Then Alice receives a 513
    And the log contains "buf_size is 40"

  Scenario: The server itself is asked for its capabilities
    Given the proxy serves the domain "example.com"
    And the proxy runs the script:
      """ser
      route {
        if (uri == myself) { options_reply(); };
        sl_send_reply("404", "Not Found");
      }
      """
    When Alice sends the OPTIONS to sip:example.com
    Then Alice receives a 200 with:
      | header          | check | value |
      | Accept          | is    | */*   |
      | Accept-Language | is    | en    |
    When Alice sends the OPTIONS to sip:nobody@example.com
    Then Alice receives a 404
