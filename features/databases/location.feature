Feature: User location that lasts

  With db_mode 1 a registration is answered when it is in the database; with db_mode 2 the database follows the memory.

  Background:
    Given the proxy serves the domain "example.com"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |

  Scenario: Written through, a registration survives a crash
    Given the proxy runs the script "../scripts/db-mode-1.cfg"
    And Bob is registered for 600 s with q=0.5
    When the proxy crashes and is started again
    Then Bob has exactly 1 binding
    And the table location holds exactly:
      | username | contact           | q   | expires             | cseq | state |
      | bob      | sip:bob@10.0.0.12:5060 | 0.5 | 2026-01-01 00:10:00 | 1    | 0     |
    When Alice calls Bob
    Then Bob rings
    When Bob rejects the call with 486
    Then the call of Alice fails with 486

  Scenario: Written through, nothing is confirmed that is not in the database
    Given the proxy runs the script "../scripts/db-mode-1.cfg"
    And Bob is registered
    When the database fails
    And Bob unregisters
    Then the registration of Bob is refused with 500
    And Bob has exactly 1 binding
    When the database works again
    And Bob unregisters
    Then the table location has no rows
    And Bob has no bindings

  Scenario: An unregistered phone is not there after a crash either
    Given the proxy runs the script "../scripts/db-mode-1.cfg"
    And Bob is registered at the contacts:
      | contact          |
      | sip:one@10.0.0.12 |
      | sip:two@10.0.0.12 |
    When Bob removes all its contacts
    Then the registration of Bob is accepted
    When the proxy crashes and is started again
    Then Bob has no bindings

  Scenario: Expired rows are deleted
    Given the proxy runs the script "../scripts/db-mode-1.cfg"
    And Bob is registered for 60 s
    And the link between Bob and the proxy goes down
    When 121 s pass
    Then the table location has no rows

  Scenario: Written back, rows follow with the timer
    Given the proxy runs the script "../scripts/db-mode-2.cfg"
    And Bob is registered
    Then the table location has no rows
    When 61 s pass
    Then the table location has exactly 1 row
    When the proxy crashes and is started again
    Then Bob has exactly 1 binding

  Scenario: Written back, an orderly end writes what is left, a crash loses it
    Given the proxy runs the script "../scripts/db-mode-2.cfg"
    And Bob is registered
    When the proxy restarts
    Then Bob has exactly 1 binding
    When Alice registers
    Then the registration of Alice is accepted
    When the proxy crashes and is started again
    Then Alice has no bindings
    And Bob has exactly 1 binding

  Scenario: A table that others have filled is read at the start
    Given the proxy runs the script "../scripts/db-mode-1.cfg"
    And the table location contains:
      | username | contact            | expires             | q   | cseq |
      | bob      | sip:bob@10.0.0.12  | 2026-01-01 01:00:00 | 0.3 | 7    |
      | bob      | sip:late@10.0.0.12 | 2025-12-31 23:59:59 | 1   | 7    |
    When Alice calls Bob
    Then Bob rings
    When Bob rejects the call with 486
    Then the call of Alice fails with 486
    When 61 s pass
    Then the table location holds exactly:
      | username | contact           |
      | bob      | sip:bob@10.0.0.12 |

  Scenario: A real database answers while virtual time stands still
    Given the proxy runs the script "../scripts/db-mode-1.cfg"
    And the database is "sqlite::memory:"
    And Bob is registered for 60 s
    When the proxy crashes and is started again
    Then Bob has exactly 1 binding
    And the table location holds exactly:
      | username | expires             | user_agent |
      | bob      | 2026-01-01 00:01:00 |            |
    Given the link between Bob and the proxy goes down
    When 121 s pass
    Then the table location has no rows
