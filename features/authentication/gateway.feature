Feature: A telephone gateway behind a dialling plan
  Groups say who may call how far, and the plan writes numbers as the gateway wants them.

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy runs the script "../scripts/gateway.cfg"
    And the table subscriber contains:
      | username | domain      | ha1                              |
      | alice    | example.com | 2ea68a710b96a2d11cb42c2b3758287a |
      | bob      | example.com | 37593d991414f52c30246c60c7798431 |
    And the table grp contains:
      | username | domain      | grp   |
      | alice    | example.com | local |
      | bob      | example.com | int   |
    And the phones:
      | name    | aor                   | address   | password |
      | Alice   | sip:alice@example.com | 10.0.0.11 | wonder   |
      | Bob     | sip:bob@example.com   | 10.0.0.12 | builder  |
      | Carol   | sip:carol@example.com | 10.0.0.13 | nothing  |
      | Gateway |                       | 10.0.0.50 |          |

  Scenario: A call within the country
    When Alice calls sip:0224123456@example.com
    And Gateway answers
    Then the call between Alice and Gateway is established
    And the Request-URI of the INVITE received by Gateway is sip:+420224123456@10.0.0.50:5060

  Scenario: A call abroad is not for everybody
    When Alice calls sip:0041221234567@example.com
    Then the call of Alice fails with 403 No International Calls
    When Bob calls sip:0041221234567@example.com
    And Gateway answers
    Then the call between Bob and Gateway is established
    And the Request-URI of the INVITE received by Gateway is sip:+41221234567@10.0.0.50:5060

  Scenario: Who is not known calls no numbers, but in an emergency
    When Carol calls sip:0224123456@example.com
    Then the call of Carol fails with 407
    When Carol calls sip:112@example.com
    And Gateway answers
    Then the call between Carol and Gateway is established
    And the Request-URI of the INVITE received by Gateway is sip:112@10.0.0.50:5060
