Feature: Short messages to telephones and back

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy runs the script "../scripts/sms.cfg"
    And a GSM modem at "/dev/ttyS0"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
    And Alice is registered

  Scenario: A message to a telephone number
    When Alice sends the text "See you at eight" to sip:+491771234@example.com
    Then Alice receives a 202 to MESSAGE
    And the SMS "See you at eight" is sent to "+491771234"
    And the SMS "From sip:alice@example.com (if you reply DONOT remove it)" is sent to "+491771234"

  Scenario: The answer finds its way back
    When the SMS "From sip:alice@example.com (if you reply DONOT remove it) I will be late" arrives from "+491771234"
    And 30 s pass
    Then Alice gets the text "I will be late"
    And Alice receives a MESSAGE with:
      | header | check    | value                       |
      | From   | contains | sip:+491771234@example.com  |

  Scenario: What the network does not take is tried again
    Given the GSM modem refuses 1 message
    When Alice sends the text "Hello" to sip:+491771234@example.com
    Then the SMS "Hello" is sent to "+491771234"

  Scenario: When it never takes it the sender is told
    Given the GSM modem refuses 2 messages
    When Alice sends the text "Hello" to sip:+491771234@example.com
    Then Alice gets the text "Your SMS could not be sent."

  Scenario Outline: What a message says is no command to the modem
    When Alice sends the text "<text>" to sip:+491771234@example.com
    Then the SMS "<text>" is sent to "+491771234"

    Examples:
      | text                        |
      | AT+CMGD=1,4                 |
      | +++ATH                      |
      | $(id) ; & DROP TABLE        |
