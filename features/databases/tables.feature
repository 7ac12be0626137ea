Feature: The tables of a scenario

  Scripts ask tables whatever database they name; a scenario fills the tables and looks at them. Nothing need be installed.

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy runs the script:
      """
      route {
        if (method == "REGISTER") {
          if (!www_authorize("example.com", "subscriber")) { www_challenge("example.com", "1"); break; };
          save("location"); break;
        };
        if (!lookup("location")) { sl_send_reply("404", "Not Found"); break; };
        t_relay();
      }
      """
    And the phones:
      | name  | aor                   | address   | password |
      | Alice | sip:alice@example.com | 10.0.0.11 | wonder   |
      | Bob   | sip:bob@example.com   | 10.0.0.12 | builder  |

  Scenario: A subscriber of the table registers
    Given the table subscriber contains:
      | username | domain      | ha1                              |
      | alice    | example.com | 2ea68a710b96a2d11cb42c2b3758287a |
    When Alice registers
    Then the registration of Alice is accepted
    And the table subscriber has exactly 1 row
    And the table subscriber holds:
      | username | domain       | ha1          | phplib_id |
      | alice    | /^example\./ | /^[0-9a-f]+$/ | NULL      |

  Scenario: Who is not in the table is challenged again
    When Bob registers
    Then the registration of Bob is refused with 401
    And the table subscriber has no rows

  Scenario: A database that fails is the server's mistake, and it ends with the trouble
    Given the table subscriber contains:
      | username | domain      | ha1                              |
      | alice    | example.com | 2ea68a710b96a2d11cb42c2b3758287a |
    And the database is down
    When Alice registers
    Then the registration of Alice is refused with 500
    When the database works again
    And Alice registers
    Then the registration of Alice is accepted
