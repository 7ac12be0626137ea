Feature: Who runs the proxy looks at bindings and changes them

  Background:
    Given the proxy serves the domain "example.com"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |

  Scenario: The contacts of a phone
    Given Alice is registered
    When 60 s passes
    And the control command "ul_show_contact location alice" is given
    Then its answer looks like /^200 OK\n<sip:alice@10\.0\.0\.11.*>;q=\d\.\d\d;expires=\d+\n$/
    When the control command "ul_show_contact location bob" is given
    Then it answers "404 Username bob in table location not found"
    When the control command "ul_stats" is given
    Then its answer contains "'location' 1 0"

  Scenario: A phone that cannot register is bound by hand, and called
    When the control command "ul_add location bob sip:bob@10.0.0.12 3600 1.00 0" is given
    Then it answers:
      """
      200 Added to table
      ('bob','sip:bob@10.0.0.12') to 'location'
      """
    When Alice calls Bob
    Then Bob rings

  Scenario: A binding that is taken away is not called any more
    Given Bob is registered
    When the control command "ul_rm location bob" is given
    Then it answers "200 user (location, bob) deleted"
    When Alice calls Bob
    Then Alice receives a 404

  Scenario: Everything that is registered, at a glance
    Given Alice is registered
    And Bob is registered
    When the control command "ul_dump" is given
    Then its answer contains "===Domain list==="
    And its answer contains "aor   : 'alice'"
    And its answer contains "aor   : 'bob'"
