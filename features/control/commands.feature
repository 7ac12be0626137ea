Feature: Who runs the proxy asks it and tells it things while it works

  Background:
    Given the proxy runs the script:
      """ser
      loadmodule "sl.so"
      loadmodule "domain.so"
      modparam("domain", "db_mode", 1)

      route {
        if (is_uri_host_local()) { sl_send_reply("200", "Ours"); } else { sl_send_reply("403", "Not ours"); };
      }
      """

  Scenario: The engine says what it is
    When the control command "version" is given
    Then it answers:
      """
      200 ok
      Server: Sipwright
      """
    When the control command "print hello" is given
    Then it answers:
      """
      200 ok
      hello
      """

  Scenario: How long it has run
    When 90 s passes
    And the control command "uptime" is given
    Then its answer contains "Up time: 90 [sec]"
    And its answer looks like /Up Since: \w+ \w+ +\d+ [0-9:]+ \d{4}/

  Scenario: What it can be asked
    When the control command "which" is given
    Then its answer contains "uptime"
    And its answer contains "domain_reload"
    When the control command "nonsense" is given
    Then it answers "500 command 'nonsense' not available"

  Scenario: More log lines for a while
    When the control command "debug 4" is given
    Then it answers:
      """
      200 ok
      4
      """
    When the control command "debug loud" is given
    Then it answers "400 debug: level -3 .. 9 expected"

  Scenario: A domain that is added while it runs
    Given the table domain contains:
      | domain    |
      | a.example |
    And the phones:
      | name  | aor                 | address   |
      | Alice | sip:alice@a.example | 10.0.0.11 |
    When Alice sends the OPTIONS to sip:b.example
    Then Alice receives a 403
    When the table domain contains:
      | domain    |
      | b.example |
    And the control command "domain_reload" is given
    Then it answers "200 OK"
    When the control command "domain_dump" is given
    Then it answers:
      """
      200 OK
      a.example
      b.example
      """
    When Alice sends the OPTIONS to sip:b.example
    Then Alice receives a 200
