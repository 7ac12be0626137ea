Feature: Least-cost routing by an external program

  Background:
    Given the proxy runs the script "../scripts/least-cost.cfg"
    And the phones:
      | name   | aor                     | address   |
      | Alice  | sip:alice@example.com   | 10.0.0.11 |
      | Cheap  | sip:gw@cheap.example    | 10.0.0.21 |
      | Dear   | sip:gw@dear.example     | 10.0.0.22 |
    And the command "/usr/local/bin/cheapest" prints for "sip:+49301234@example.com":
      """
      sip:+49301234@10.0.0.21
      """
    And the command "/usr/local/bin/fallback" prints "sip:+49301234@10.0.0.22"

  Scenario: The call goes to the gateway that the program names
    When Alice calls sip:+49301234@example.com
    Then Cheap rings
    And the Request-URI of the INVITE received by Cheap is sip:+49301234@10.0.0.21
    And the command "/usr/local/bin/cheapest" is given:
      | argument    | sip:+49301234@example.com |
      | SIP_SRCIP   | 10.0.0.11                 |
      | SIP_OUSER   | +49301234                 |
      | SIP_HF_CSEQ | 1 INVITE                  |
    When Cheap answers
    Then the call between Alice and Cheap is established
    And the command "/usr/local/bin/fallback" is run no times

  Scenario: When the cheapest gateway is out of order, the dearer one gets the call
    Given Cheap rejects every call with 503
    When Alice calls sip:+49301234@example.com
    Then failure_route "1" runs for 503 from Cheap
    And Dear rings
    And the command "/usr/local/bin/fallback" is given:
      | argument | sip:+49301234@example.com |
    When Dear answers
    Then the call between Alice and Dear is established

  Scenario: When the cheapest gateway is silent, the dearer one gets the call
    Given Cheap does not respond at all
    When Alice calls sip:+49301234@example.com
    Then fr_timer fires 5 s after the INVITE to Cheap
    And Dear rings

  Scenario: A gateway that is busy is not asked twice
    Given Cheap rejects every call with 486
    When Alice calls sip:+49301234@example.com
    Then the call of Alice fails with 486
    And the command "/usr/local/bin/fallback" is run no times

  Scenario: No price, no route
    Given the command "/usr/local/bin/cheapest" fails with exit code 1
    When Alice calls sip:+1555@example.com
    Then the call of Alice fails with 503 No Route To Destination

  Scenario: The program names several gateways, and they are tried at once
    Given the command "/usr/local/bin/cheapest" prints for "sip:110@example.com":
      """
      sip:110@10.0.0.21

      sip:110@10.0.0.22
      """
    When Alice calls sip:110@example.com
    Then the call is forked to Cheap and Dear in parallel
