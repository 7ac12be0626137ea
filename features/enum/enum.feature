Feature: Telephone numbers are found by the name service

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy runs the script:
      """ser
      route {
        if (method == "ACK" || method == "CANCEL") { t_relay(); break; };
        record_route();
        if (loose_route()) { t_relay(); break; };
        # What the name service does not know goes to the gateway.
        if (uri =~ "^sip:\+") {
          if (!enum_query()) { rewritehostport("10.0.0.50:5060"); };
        };
        if (!t_relay()) { sl_reply_error(); };
      }
      """
    And the phones:
      | name    | aor                   | address   |
      | Alice   | sip:alice@example.com | 10.0.0.11 |
      | Bob     | sip:bob@example.com   | 10.0.0.12 |
      | Carol   | sip:carol@example.com | 10.0.0.13 |
      | Gateway |                       | 10.0.0.50 |
    And the DNS records:
      | name                        | type  | value                                                         |
      | 3.2.1.0.3.9.4.e164.arpa     | NAPTR | 100 10 "u" "E2U+sip" "!^\\+49(.*)$!sip:\\1@10.0.0.12!" .      |
      | 4.2.1.0.3.9.4.e164.arpa     | NAPTR | 100 20 "u" "E2U+sip" "!^.*$!sip:carol@10.0.0.13!" .           |
      | 4.2.1.0.3.9.4.e164.arpa     | NAPTR | 100 10 "u" "E2U+sip" "!^.*$!sip:bob@10.0.0.12!" .             |
      | 5.2.1.0.3.9.4.e164.arpa     | NAPTR | 100 10 "u" "E2U+sip" "!^(1\|1\|1)*x$!sip:bob@10.0.0.12!" .    |
      | 6.2.1.0.3.9.4.e164.arpa     | NAPTR | 100 10 "u" "E2U+email:mailto" "!^.*$!mailto:bob@example.com!" . |

  Scenario: The number leads to the phone
    When Alice calls sip:+4930123@example.com
    Then Bob rings
    And the Request-URI of the INVITE received by Bob is sip:30123@10.0.0.12
    When Bob answers
    Then the call between Alice and Bob is established

  Scenario: A number with several destinations rings at all of them
    When Alice calls sip:+4930124@example.com
    Then the call is forked to Bob and Carol in parallel

  Scenario Outline: A number that leads nowhere goes to the gateway
    When Alice calls sip:<number>@example.com
    Then Gateway rings
    And the Request-URI of the INVITE received by Gateway is sip:<number>@10.0.0.50:5060

    Examples:
      | number            | why                                    |
      | +4930125          | the pattern of the record fits nothing |
      | +4930126          | there is only an address for mail      |
      | +4930999          | nobody knows it                        |
      | +1                | it is too short                        |
      | +1234567890123456 | it is too long                         |
