@forking @rfc3261:16.6 @rfc3261:16.7
Feature: Parallel forking to every registered phone

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy runs the script "scripts/fork.ser"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Desk  | sip:bob@example.com   | 10.0.0.21 |
      | Cell  | sip:bob@example.com   | 10.0.0.22 |
      | Soft  | sip:bob@example.com   | 10.0.0.23 |
    And Desk is registered with q=1.0
    And Cell is registered with q=1.0
    And Soft is registered with q=1.0

  Scenario: The first phone to answer gets the call
    When Alice calls sip:bob@example.com
    Then the call is forked to Desk, Cell and Soft in parallel
    And 3 branches are created, each with its own branch parameter
    When Cell answers
    Then the call between Alice and Cell is established
    And every branch but that of Cell is cancelled
    And Desk stops ringing
    And Soft stops ringing
    And Alice receives exactly one final response
    And no branch is left pending

  Scenario Outline: Nobody takes the call, the best response is forwarded
    Given Desk rejects every call with <desk>
    And Cell rejects every call with <cell>
    And Soft rejects every call with <soft>
    When Alice calls sip:bob@example.com
    Then the call of Alice fails with <best>

    Examples:
      | desk | cell | soft | best |
      | 486  | 404  | 480  | 4xx  |
      | 486  | 503  | 404  | 4xx  |
      | 486  | 603  | 404  | 603  |
      | 302  | 486  | 486  | 302  |

  Scenario: One phone declines for all
    When Alice calls sip:bob@example.com
    And Desk rejects the call with 603 Decline
    Then Cell receives a CANCEL
    And Soft receives a CANCEL
    And the call of Alice fails with 603

  Scenario: The caller gives up while all phones ring
    When Alice calls sip:bob@example.com
    Then Desk rings
    When Alice cancels the call
    Then Desk receives a CANCEL
    And Cell receives a CANCEL
    And Soft receives a CANCEL
    And the call of Alice fails with 487 Request Terminated
    And no branch is left pending

  @race
  Scenario: Two phones answer at the same instant
    Given the 200 of Desk and the 200 of Cell cross
    When Alice calls sip:bob@example.com
    And Desk answers
    And Cell answers
    Then Alice receives the 2xx of every answering branch
    And Soft receives a CANCEL
