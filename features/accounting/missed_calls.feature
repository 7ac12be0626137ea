Feature: Missed calls

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy runs the script "../scripts/accounting.cfg"
    And the phones:
      | name      | aor                   | address   |
      | Alice     | sip:alice@example.com | 10.0.0.11 |
      | Bob       | sip:bob@example.com   | 10.0.0.12 |
      | Voicemail |                       | 10.0.0.50 |
    And Bob is registered

  Scenario: A call that nobody takes is missed, also when the voicemail answers it
    Given Bob rings and is not answered
    And Voicemail answers after 0 s
    When Alice calls sip:bob@example.com
    Then the call between Alice and Voicemail is established
    And a missed call is written with:
      | username   | bob                   |
      | domain     | example.com           |
      | sip_status | 408 Request Timeout   |
      | from_uri   | sip:alice@example.com |
      | sip_method | INVITE                |
      | time       | 2026-01-01 00:00:30   |
    And exactly 1 missed call is written
    And an accounting record is written with:
      | sip_method | INVITE |
      | sip_status | 200    |

  Scenario: Only the first of two attempts is a missed call
    Given Bob rejects every call with 486
    And Voicemail rejects every call with 480
    When Alice calls sip:bob@example.com
    Then the call of Alice fails with 4xx
    And a missed call is written with:
      | sip_status | 486 Busy Here |
    And exactly 1 missed call is written
    And the log contains "ACC: call missed: " 1 time

  Scenario: Who is not registered is called in vain, says the script
    When Alice calls sip:carol@example.com
    Then the call of Alice fails with 404
    And a missed call is written with:
      | to_uri     | sip:carol@example.com |
      | sip_status | 404 not found         |
      | username   | alice                 |
    And no accounting records are written
