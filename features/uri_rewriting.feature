@ser
Feature: URI rewriting, as the SER guide tells it

  Every rewriting action changes its part of sip:12345@foo.bar:6060 and leaves the rest alone.

  Background:
    Given the phones:
      | name    | aor                    | address   |
      | Alice   | sip:alice@example.com  | 10.0.0.11 |
      | Gateway |                        | 10.0.0.12 |

  Scenario Outline: <action>
    Given the proxy runs the script:
      """ser
      route { <action>; forward(10.0.0.12, 5060); }
      """
    When Alice sends the OPTIONS to sip:12345@foo.bar:6060
    Then the Request-URI of the OPTIONS received by Gateway is <result>

    Examples: the guide's table
      | action                               | result                        |
      | rewritehost("192.168.0.10")          | sip:12345@192.168.0.10:6060   |
      | rewriteuri("sip:alice@foo.bar")      | sip:alice@foo.bar             |
      | rewritehostport("192.168.0.10:3040") | sip:12345@192.168.0.10:3040   |
      | rewriteuser("alice")                 | sip:alice@foo.bar:6060        |
      | rewriteuserpass("alice:pw")          | sip:alice:pw@foo.bar:6060     |
      | rewriteport("1234")                  | sip:12345@foo.bar:1234        |
      | prefix("9")                          | sip:912345@foo.bar:6060       |
      | strip(2)                             | sip:345@foo.bar:6060          |

    Examples: further actions, aliases and edges
      | action                                       | result                      |
      | sethost("192.168.0.10")                      | sip:12345@192.168.0.10:6060 |
      | setuser("bob")                               | sip:bob@foo.bar:6060        |
      | setport("7070")                              | sip:12345@foo.bar:7070      |
      | rewritehostport("192.168.0.10")              | sip:12345@192.168.0.10      |
      | strip_tail(2)                                | sip:123@foo.bar:6060        |
      | strip(5)                                     | sip:foo.bar:6060            |
      | strip(10)                                    | sip:foo.bar:6060            |
      | strip(0)                                     | sip:12345@foo.bar:6060      |
      | strip(5); prefix("0")                        | sip:0@foo.bar:6060          |
      | rewriteuri("sip:x@y"); revert_uri()          | sip:12345@foo.bar:6060      |
      | append_branch("sip:b@c"); prefix("1")        | sip:112345@foo.bar:6060     |

  Scenario Outline: Parts that are not named stay: <uri>
    Given the proxy runs the script:
      """ser
      route { <action>; forward(10.0.0.12, 5060); }
      """
    When Alice sends the OPTIONS to <uri>
    Then the Request-URI of the OPTIONS received by Gateway is <result>

    Examples:
      | uri                                      | action                      | result                                   |
      | sip:foo.bar                              | prefix("9")                 | sip:9@foo.bar                            |
      | sip:foo.bar                              | strip(2)                    | sip:foo.bar                              |
      | sip:12345:pw@foo.bar:6060                | rewriteuser("alice")        | sip:alice:pw@foo.bar:6060                |
      | sip:12345:pw@foo.bar:6060                | strip(5)                    | sip::pw@foo.bar:6060                     |
      | sip:12345@foo.bar:6060;transport=udp;x=y | rewritehost("192.168.0.10") | sip:12345@192.168.0.10:6060;transport=udp;x=y |
      | sip:12345@foo.bar?Subject=hi             | rewriteport("1234")         | sip:12345@foo.bar:1234?Subject=hi        |
      | sip:12345;tag=x@foo.bar:6060             | strip(2)                    | sip:345;tag=x@foo.bar:6060               |

  Scenario: The exercise of the guide ends in sip:134@foo.bar
    Given the proxy runs the script:
      """ser
      route {
        rewriteuri("sip:2234@foo.bar");
        strip(2);
        if (uri =~ "^sip:2") {
          prefix("0");
        } else {
          prefix("1");
        };
        forward(uri:host, uri:port);
      }
      """
    And the DNS records:
      | name    | type | value     |
      | foo.bar | A    | 10.0.0.12 |
    When Alice sends the OPTIONS to sip:anything@example.com
    Then the Request-URI of the OPTIONS received by Gateway is sip:134@foo.bar

  Scenario: A rewritten URI decides where the request goes
    Given the proxy runs the script:
      """ser
      route {
        if (uri =~ "dan@foo.bar") {
          rewriteuri("sip:bla@somewhereelse.com");
          forward(uri:host, uri:port);
        };
      }
      """
    And the DNS records:
      | name              | type | value     |
      | somewhereelse.com | A    | 10.0.0.12 |
    When Alice sends the OPTIONS to sip:dan@foo.bar
    Then the Request-URI of the OPTIONS received by Gateway is sip:bla@somewhereelse.com

  Scenario Outline: A dial plan: <number> goes to <phone> as <result>
    Given Europe is a phone at "10.0.0.13"
    And the proxy runs the script:
      """ser
      route {
        if (uri =~ "^sip:[0-79][0-9]*@") {
          if (uri =~ "^sip:1") {
            strip(1);
            forward(10.0.0.12, 5060);
          } else {
            forward(10.0.0.13, 5060);
          };
          break;
        };
        sl_send_reply("404", "Not Found");
      }
      """
    When Alice sends the OPTIONS to sip:<number>@example.com
    Then the Request-URI of the OPTIONS received by <phone> is <result>

    Examples:
      | number     | phone   | result                    |
      | 1555       | Gateway | sip:555@example.com       |
      | 0049308000 | Europe  | sip:0049308000@example.com |

  Scenario: Rewriting a part of a sips URI makes it sip, as SER does
    Given the proxy runs the script:
      """ser
      route { prefix("9"); forward_udp(10.0.0.12, 5060); }
      """
    When Alice sends the request:
      """
      OPTIONS sips:1@foo.bar SIP/2.0
      Via: SIP/2.0/UDP 10.0.0.11;branch=<branch>
      Max-Forwards: 70
      From: <sip:alice@example.com>;tag=1
      To: <sips:1@foo.bar>
      Call-ID: <call-id>
      CSeq: 1 OPTIONS
      Content-Length: 0
      """
    Then the Request-URI of the OPTIONS received by Gateway is sip:91@foo.bar
