@sipp
Feature: SIPp scenarios against each other

  Two scenarios without a proxy between: what they do is what SIPp does with them.

  Background:
    Given the phones:
      | name   | address   |
      | Caller | 127.0.5.21 |
      | Callee | 127.0.5.22 |

  Scenario Outline: <what>
    Given Callee plays the SIPp scenario "scenarios/<callee>"
    And Caller plays the SIPp scenario "scenarios/<caller>"
    Then the SIPp scenario of Caller succeeds
    And the SIPp scenario of Callee succeeds

    Examples:
      | what                                   | caller                  | callee                  |
      | A request and its answer               | options_client.xml      | options_server.xml      |
      | A whole call                           | call_client.xml         | call_server.xml         |
      | A call given up                        | cancel_client.xml       | cancel_server.xml       |
      | A registration with a password         | register_client.xml     | register_server.xml     |
      | A wrong password                       | register_wrong.xml      | register_server.xml     |
      | Branches and conditions                | branches_client.xml     | branches_server.xml     |
      | Arithmetic in a loop                   | arithmetic_client.xml   | arithmetic_server.xml   |
      | Strings                                | strings_client.xml      | options_server.xml      |
      | Regular expressions                    | regexps_client.xml      | regexps_server.xml      |
      | Transactions by name                   | transactions_client.xml | transactions_server.xml |
      | Pauses of every kind                   | pauses_client.xml       | options_server.xml      |
      | Loose routes                           | routes_client.xml       | routes_server.xml       |
      | A strict router                        | routes_client.xml       | strict_routes_server.xml |
      | What came last                         | last_client.xml         | last_server.xml         |
      | A limit behind an optional answer      | late_client.xml         | cancel_server.xml       |
      | A limit and where it leads             | timeout_client.xml      | silent_server.xml       |
      | A handler for what is unexpected       | handler_client.xml      | info_server.xml         |
      | A message at any time                  | anytime_client.xml      | anytime_server.xml      |
      | Counters, timers, what is shown        | books_client.xml        | options_server.xml      |
      | An answer that comes late              | options_client.xml      | slow_server.xml         |
      | Media, which take their time           | media_client.xml        | call_server.xml         |
      | Digits and echo                        | digits_client.xml       | call_server.xml         |
      | Looking without moving                 | early_client.xml        | early_server.xml        |
      | Reliable provisional answers           | prack_client.xml        | prack_server.xml        |

  @sipp-inproc
  Scenario Outline: <what>, which SIPp 3.6.1 does not know
    Given Callee plays the SIPp scenario "scenarios/<callee>"
    And Caller plays the SIPp scenario "scenarios/<caller>"
    Then the SIPp scenario of Caller succeeds
    And the SIPp scenario of Callee succeeds

    Examples:
      | what                                   | caller                  | callee                  |
      | Coding for URLs                        | coding_client.xml       | options_server.xml      |
      | Patterns                               | patterns_client.xml     | patterns_server.xml     |
      | SRTP in the session description        | srtp_client.xml         | call_server.xml         |
      | A file that is no well-formed XML      | broken.xml              | options_server.xml      |

  @sipp-inproc
  Scenario: A shell command is refused
    Given Callee plays the SIPp scenario "scenarios/options_server.xml"
    And Caller plays the SIPp scenario "scenarios/shell_client.xml"
    Then the SIPp scenario of Caller fails with "is refused"
    And the SIPp scenario of Caller ends with exit code 255

  Scenario: Credentials out of a CSV file, a line for each call
    Given Callee plays the SIPp scenario "scenarios/csv_server.xml"
    And Caller plays the SIPp scenario "scenarios/csv_client.xml" with:
      | csv    | scenarios/users.csv |   |
      | option | -m                  | 2 |
    Then 2 calls of the SIPp scenario of Caller succeed
    And the SIPp scenario of Callee logs "authorized bob"
    And the SIPp scenario of Callee logs "authorized carol"

  Scenario: CSV files that change while calls are made
    Given Callee plays the SIPp scenario "scenarios/values_server.xml"
    And Caller plays the SIPp scenario "scenarios/lookup_client.xml" with:
      | csv   | scenarios/users.csv |   |
      | index | users.csv           | 0 |
    Then the SIPp scenario of Caller succeeds
    And Callee receives an OPTIONS with:
      | header  | check | value              |
      | X-Line  | is    | 2.000000 -1.000000 |
      | X-First | is    | bert               |

  Scenario: Variables of all calls, keywords of one's own
    Given Callee plays the SIPp scenario "scenarios/options_server.xml"
    And Caller plays the SIPp scenario "scenarios/scopes_client.xml" with:
      | key    | color | blue    |
      | set    | given | outside |
      | option | -m    | 2       |
    Then 2 calls of the SIPp scenario of Caller succeed
    And Callee receives an OPTIONS with:
      | header  | check | value    |
      | X-Made  | is    | 2.000000 |
      | X-Given | is    | outside  |
      | X-Key   | is    | blue     |

  Scenario: Every keyword that stands for a value
    Given Callee plays the SIPp scenario "scenarios/values_server.xml"
    And Caller plays the SIPp scenario "scenarios/values_client.xml" with:
      | option | -tdmmap | {0-3}{99}{5-8}{1-31} |
      | key    | service | bob                  |
    Then the SIPp scenario of Caller succeeds
    And Callee receives an OPTIONS with:
      | header | check   | value         |
      | X-Time | matches | ^\d+ \w{3}, . |

  Scenario: A destination of one's own
    Given Callee plays the SIPp scenario "scenarios/options_server.xml"
    And Caller plays the SIPp scenario "scenarios/setdest_client.xml" with:
      | key | other_port | 5060 |
    Then the SIPp scenario of Caller succeeds

  Scenario: Requests in a call are answered by themselves with -aa
    Given Callee plays the SIPp scenario "scenarios/inquiring_server.xml"
    And Caller plays the SIPp scenario "scenarios/inquired_client.xml" with:
      | option | -aa |
    Then the SIPp scenario of Caller succeeds
    And the SIPp scenario of Callee succeeds

  Scenario: Requests outside of calls have a scenario of their own
    Given Callee plays the SIPp scenario "scenarios/call_client.xml" with:
      | option | -oocsf | scenarios/answer_outside.xml |
      | option | -r     | 1                            |
      | option | -rp    | 1h                           |
    And Caller plays the SIPp scenario "scenarios/elsewhere_client.xml"
    Then the SIPp scenario of Caller succeeds
    And Caller receives a 200 with:
      | header    | check | value |
      | X-Outside | is    | yes   |

  Scenario Outline: <what>, which fails
    Given Callee plays the SIPp scenario "scenarios/<callee>"
    And Caller plays the SIPp scenario "scenarios/<caller>"
    Then the SIPp scenario of Caller fails with "<reason>"
    And the SIPp scenario of Caller ends with exit code <code>

    Examples:
      | what                             | caller                 | callee             | reason             | code |
      | A check that does not hold       | regexps_failing.xml    | last_server.xml    | RegexpDoesntMatch  | 1    |
      | An answer that never comes       | timeout_failing.xml    | silent_server.xml  | TimeoutOnRecv      | 1    |
      | Another answer than expected     | unexpected_client.xml  | busy_server.xml    | UnexpectedMessage  | 1    |
      | A BYE out of the blue            | hungup_client.xml      | hangup_server.xml  | UnexpectedMessage  | 1    |
      | A call that stops itself         | stop_call_client.xml   | options_server.xml | CallRejected       | 1    |
      | A fatal error                    | error_client.xml       | options_server.xml | and now it is fatal | 255 |
      | Automatic messages of its own    | own_messages_client.xml | busy_server.xml   | UnexpectedMessage  | 1    |

  Scenario: A scenario stops everything
    Given Callee plays the SIPp scenario "scenarios/options_server.xml"
    And Caller plays the SIPp scenario "scenarios/stop_now_client.xml"
    Then the SIPp scenario of Caller ends with exit code 97

  Scenario: A scenario makes no more calls
    Given Callee plays the SIPp scenario "scenarios/options_server.xml"
    And Caller plays the SIPp scenario "scenarios/stop_gracefully_client.xml" with:
      | option | -m | 5 |
    Then exactly 1 call of the SIPp scenario of Caller succeeds

  Scenario: Over TCP, a connection for each call
    Given Callee plays the SIPp scenario "scenarios/call_server.xml" with:
      | option | -t | t1 |
    And Caller plays the SIPp scenario "scenarios/call_client.xml" with:
      | option | -t | tn |
      | option | -m | 3  |
    Then 3 calls of the SIPp scenario of Caller succeed
