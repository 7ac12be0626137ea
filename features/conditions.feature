@ser
Feature: Conditions and operators of the routing language

  Background:
    Given the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |

  Scenario Outline: if (<condition>) is <outcome> for an OPTIONS to <uri>
    Given the proxy serves the domain "example.com"
    And the proxy runs the script:
      """ser
      route[1] { isflagset(5); }
      route[2] { break; }
      route {
        setflag(3);
        if (<condition>) { sl_send_reply("200", "True"); } else { sl_send_reply("400", "False"); };
      }
      """
    When Alice sends the OPTIONS to <uri>
    Then Alice receives a <outcome>

    Examples: methods and URIs
      | condition                                  | uri                     | outcome   |
      | method=="OPTIONS"                          | sip:bob@example.com     | 200 True  |
      | method=="options"                          | sip:bob@example.com     | 200 True  |
      | method=="INVITE"                           | sip:bob@example.com     | 400 False |
      | method!="INVITE"                           | sip:bob@example.com     | 200 True  |
      | method=~"^OPT"                             | sip:bob@example.com     | 200 True  |
      | uri=="sip:bob@example.com"                 | sip:bob@example.com     | 200 True  |
      | uri=="SIP:BOB@EXAMPLE.COM"                 | sip:bob@example.com     | 200 True  |
      | uri=="sip:bo"                              | sip:bob@example.com     | 400 False |
      | uri=~"^sip:[0-9]+@"                        | sip:123@example.com     | 200 True  |
      | uri=~"^sip:[0-9]+@"                        | sip:bob@example.com     | 400 False |
      | uri=~"^sip:(.+@)?(10\.0\.0\.1\|example\.com)([:;\?].*)?$" | sip:x@EXAMPLE.com | 200 True |

    Examples: myself
      | condition     | uri                     | outcome   |
      | uri==myself   | sip:bob@example.com     | 200 True  |
      | uri==myself   | sip:bob@10.0.0.1        | 200 True  |
      | uri==myself   | sip:bob@10.0.0.1:5070   | 400 False |
      | uri==myself   | sip:bob@other.com       | 400 False |
      | uri!=myself   | sip:bob@other.com       | 200 True  |
      | myself==uri   | sip:bob@example.com     | 200 True  |
      | src_ip==myself | sip:bob@example.com    | 400 False |
      | dst_ip==myself | sip:bob@example.com    | 200 True  |

    Examples: addresses, ports and lengths
      | condition                      | uri                 | outcome   |
      | src_ip==10.0.0.11              | sip:bob@example.com | 200 True  |
      | src_ip==10.0.0.0/24            | sip:bob@example.com | 200 True  |
      | src_ip==10.0.0.0/255.255.255.0 | sip:bob@example.com | 200 True  |
      | src_ip==192.168.0.0/16         | sip:bob@example.com | 400 False |
      | src_ip=="10.0.0.11"            | sip:bob@example.com | 200 True  |
      | src_ip=~"^10\.0\."             | sip:bob@example.com | 200 True  |
      | dst_ip==10.0.0.1               | sip:bob@example.com | 200 True  |
      | src_port==5060                 | sip:bob@example.com | 200 True  |
      | dst_port>=5061                 | sip:bob@example.com | 400 False |
      | proto==UDP                     | sip:bob@example.com | 200 True  |
      | af==INET                       | sip:bob@example.com | 200 True  |
      | msg:len > 100                  | sip:bob@example.com | 200 True  |
      | msg:len > max_len              | sip:bob@example.com | 400 False |

    Examples: operators and values
      | condition                                        | uri                 | outcome   |
      | method=="INVITE" or method=="OPTIONS"            | sip:bob@example.com | 200 True  |
      | method=="OPTIONS" and src_port==1                | sip:bob@example.com | 400 False |
      | not method=="INVITE"                             | sip:bob@example.com | 200 True  |
      | !(method=="INVITE" && src_port==5060)            | sip:bob@example.com | 200 True  |
      | method=="OPTIONS" \|\| method=="INVITE" && src_port==1 | sip:bob@example.com | 200 True |
      | 1                                                | sip:bob@example.com | 200 True  |
      | 0                                                | sip:bob@example.com | 400 False |
      | isflagset(3)                                     | sip:bob@example.com | 200 True  |
      | isflagset(4)                                     | sip:bob@example.com | 400 False |
      | route(1)                                         | sip:bob@example.com | 400 False |
      | route(2)                                         | sip:bob@example.com | 200 True  |
      | search("^From:.*alice")                          | sip:bob@example.com | 200 True  |
      | from_uri=~"alice"                                | sip:bob@example.com | 200 True  |
      | to_uri==myself                                   | sip:bob@example.com | 200 True  |

  Scenario: An expression that cannot be evaluated counts as false, also behind not
    Given the proxy runs the script:
      """ser
      route {
        if (!(uri == myself)) { sl_send_reply("200", "True"); } else { sl_send_reply("400", "False"); };
      }
      """
    When Alice sends the request:
      """
      OPTIONS tel:123 SIP/2.0
      Via: SIP/2.0/UDP 10.0.0.11;branch=<branch>
      Max-Forwards: 70
      From: <sip:alice@example.com>;tag=1
      To: <tel:123>
      Call-ID: <call-id>
      CSeq: 1 OPTIONS
      Content-Length: 0
      """
    Then Alice receives a 400

  Scenario: break leaves the whole route, not just the braces
    Given the proxy runs the script:
      """ser
      route {
        if (method == "OPTIONS") { sl_send_reply("200", "first"); break; };
        sl_send_reply("500", "second");
      }
      """
    When Alice sends the OPTIONS to sip:bob@example.com
    Then Alice received exactly 1 200
    And Alice received no 500

  Scenario: A sub-route that breaks hands back to its caller
    Given the proxy runs the script:
      """ser
      route { route(1); sl_send_reply("200", "back"); }
      route[1] { break; sl_send_reply("500", "never"); }
      """
    When Alice sends the OPTIONS to sip:bob@example.com
    Then Alice receives a 200
    And route "1" runs exactly 1 time

  Scenario: Endless recursion stops at a hundred levels and the script goes on
    Given the proxy runs the script:
      """ser
      route { route(1); sl_send_reply("200", "survived"); }
      route[1] { route(1); }
      """
    When Alice sends the OPTIONS to sip:bob@example.com
    Then Alice receives a 200
    And the log contains "too many recursive routing table lookups"

  Scenario: A name on the right side is resolved when the script runs
    Given the DNS records:
      | name             | type | value     |
      | alice.example.org | A    | 10.0.0.11 |
    And the proxy runs the script:
      """ser
      route {
        if (src_ip == alice.example.org) { sl_send_reply("200", "alice"); } else { sl_send_reply("403", "who"); };
      }
      """
    When Alice sends the OPTIONS to sip:bob@example.com
    Then Alice receives a 200

  Scenario: A single route is tested by itself
    Given the proxy runs the script:
      """ser
      route { sl_send_reply("500", "Not This One"); }
      route[4] { prefix("9"); forward(10.0.0.11, 5060); }
      """
    When route "4" is run with the request:
      """
      OPTIONS sip:123@example.com SIP/2.0
      Via: SIP/2.0/UDP 10.0.0.11;branch=z9hG4bK-single
      Max-Forwards: 70
      From: <sip:alice@example.com>;tag=1
      To: <sip:123@example.com>
      Call-ID: single
      CSeq: 1 OPTIONS
      Content-Length: 0
      """
    Then the Request-URI of the OPTIONS received by Alice is sip:9123@example.com
    And Alice received no 500
