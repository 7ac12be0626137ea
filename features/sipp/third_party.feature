@sipp
Feature: Third party call control between SIPp scenarios

  Background:
    Given the phones:
      | name   | address   |
      | Left   | 127.0.5.31 |
      | Right  | 127.0.5.32 |
      | First  | 127.0.5.33 |
      | Second | 127.0.5.34 |

  Scenario: A controller of two players connects two phones
    Given Left plays the SIPp scenario "3pcc-A"
    And Right plays the SIPp scenario "3pcc-B"
    And Second plays the SIPp scenario "3pcc-C-B" with:
      | option | -3pcc | 127.0.5.34:6000 |
      | option | -rsa  | Right          |
    And First plays the SIPp scenario "3pcc-C-A" with:
      | option | -3pcc | 127.0.5.34:6000 |
      | option | -rsa  | Left           |
    Then the SIPp scenario of First succeeds
    And Right receives an INVITE with:
      | header       | check | value           |
      | Content-Type | is    | application/sdp |

  Scenario: Players hand each other words
    Given Left plays the SIPp scenario "scenarios/values_server.xml"
    And Right plays the SIPp scenario "scenarios/message_server.xml"
    And Second plays the SIPp scenario "scenarios/twin_second.xml" with:
      | option | -3pcc | 127.0.5.34:6000 |
      | option | -rsa  | Right          |
    And First plays the SIPp scenario "scenarios/twin_master.xml" with:
      | option | -3pcc | 127.0.5.34:6000 |
      | option | -rsa  | Left           |
    Then the SIPp scenario of First succeeds
    And the SIPp scenario of Right succeeds
    And Right receives a MESSAGE with:
      | header | check | value    |
      | X-Word | is    | question |
    And Left receives an OPTIONS with:
      | header | check | value  |
      | X-Word | is    | answer |
