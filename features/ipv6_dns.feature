Feature: IPv6, names and SRV records

  Scenario: A call over IPv6
    Given the proxy listens on "udp:2001:db8::1"
    And the proxy serves the domain "example.com"
    And the proxy runs the script "scripts/forward.ser"
    And the phones:
      | name  | aor                   | address        |
      | Alice | sip:alice@example.com | [2001:db8::11] |
      | Bob   | sip:bob@example.com   | [2001:db8::12] |
    And Bob is registered
    When Alice calls sip:bob@example.com
    And Bob answers
    Then the call between Alice and Bob is established
    And the Request-URI of the INVITE received by Bob is sip:bob@[2001:db8::12]:5060
    When Bob hangs up
    Then the call between Alice and Bob has ended

  Scenario Outline: Where a name leads: <record>
    Given the proxy runs the script:
      """ser
      route { if (!t_relay()) { sl_reply_error(); }; }
      """
    And the DNS records:
      | name                   | type | value                        |
      | plain.example.org      | A    | 10.0.0.12                    |
      | _sip._udp.srv.example.org | SRV | 10 60 5060 sip2.example.org |
      | _sip._udp.srv.example.org | SRV | 5 10 5062 sip1.example.org  |
      | sip1.example.org       | A    | 10.0.0.13                    |
      | sip2.example.org       | A    | 10.0.0.12                    |
      | _sip._udp.half.example.org | SRV | 5 10 5062 gone.example.org |
      | _sip._udp.half.example.org | SRV | 10 10 5060 sip2.example.org |
    And the phones:
      | name  | aor                   | address        |
      | Alice | sip:alice@example.com | 10.0.0.11      |
      | Bob   |                       | 10.0.0.12      |
      | Carol |                       | 10.0.0.13:5062 |
    When Alice calls <uri>
    Then <phone> rings

    Examples:
      | record                              | uri                         | phone |
      | an address record                   | sip:x@plain.example.org     | Bob   |
      | the SRV record of lowest priority   | sip:x@srv.example.org       | Carol |
      | a port asks for no SRV              | sip:x@sip2.example.org:5060 | Bob   |
      | an SRV target that is not there     | sip:x@half.example.org      | Bob   |

  Scenario: A name that leads nowhere
    Given the proxy runs the script:
      """ser
      route { if (!t_relay()) { sl_reply_error(); }; }
      """
    And Alice is a phone at "10.0.0.11"
    When Alice calls sip:bob@nowhere.example.org
    Then the call of Alice fails with 478
