Feature: Registration

  Background:
    Given the proxy serves the domain "example.com"
    And the proxy runs the script "scripts/forward.ser"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |
      | Cell  | sip:bob@example.com   | 10.0.0.13 |

  @both
  Scenario: A phone registers, is found, and unregisters
    When Bob registers for 600 s
    Then the registration of Bob is accepted
    And Bob has exactly 1 binding
    When Alice calls sip:bob@example.com
    Then Bob rings
    When Bob rejects the call with 486
    Then the call of Alice fails with 486
    When Bob unregisters
    Then the registration of Bob is accepted
    And Bob has no bindings

  Scenario: A registration lasts as long as it was granted
    Given Bob is registered for 600 s
    Then the binding of Bob expires after 600 s

  Scenario: Without an expiry a registration lasts an hour
    When Bob registers the contacts:
      | contact           |
      | sip:bob@10.0.0.12 |
    Then the registration of Bob is accepted
    And the binding of Bob expires after 1 hour

  Scenario: A phone refreshes its registration before it runs out
    Given Bob is registered for 120 s
    When 10 minutes pass
    Then Bob has exactly 1 binding
    And the proxy received at least 5 REGISTER

  Scenario: A binding that is not refreshed is forgotten
    Given Bob is registered for 60 s
    And the link between Bob and the proxy goes down
    When 61 s passes
    Then Bob has no bindings
    When Alice calls sip:bob@example.com
    Then the call of Alice fails with 404

  Scenario: Contacts stand in the order of their q values
    Given Bob is registered at the contacts:
      | contact           | q   |
      | sip:low@10.0.0.12  | 0.2 |
      | sip:high@10.0.0.12 | 0.9 |
    Then Bob has the bindings:
      | contact            |
      | sip:high@10.0.0.12 |
      | sip:low@10.0.0.12  |

  Scenario: Two phones share an address of record
    Given Bob is registered
    And Cell is registered
    Then sip:bob@example.com has exactly 2 bindings
    When Alice calls sip:bob@example.com
    Then the call is forked to Bob and Cell in parallel
    When Cell answers
    Then the call between Alice and Cell is established
    And every branch but that of Cell is cancelled

  Scenario: A phone asks what is registered
    Given Bob is registered
    And Cell is registered
    When Bob queries its bindings
    Then Bob receives a 200 to REGISTER with:
      | header  | check    | value                  |
      | Contact | contains | sip:bob@10.0.0.12:5060 |
      | Contact | contains | sip:bob@10.0.0.13:5060 |

  Scenario: Removing all contacts
    Given Bob is registered
    And Cell is registered
    When Bob removes all its contacts
    Then the registration of Bob is accepted
    And sip:bob@example.com has no bindings

  @rfc3261
  Scenario: Too short a registration is refused with the shortest that is granted
    When Bob registers for 10 s
    Then Bob receives a 423 with:
      | header      | check | value |
      | Min-Expires | is    | 60    |

  @ser
  Scenario: SER raises too short a registration
    When Bob registers for 10 s
    Then the registration of Bob is accepted
    And the binding of Bob expires after 60 s

  Scenario Outline: A bad REGISTER is refused: <case>
    When Bob sends the request:
      """
      REGISTER sip:example.com SIP/2.0
      Via: SIP/2.0/UDP 10.0.0.12;branch=<branch>
      Max-Forwards: 70
      From: <sip:bob@example.com>;tag=1
      To: <sip:bob@example.com>
      Call-ID: <call-id>
      CSeq: 1 REGISTER
      Contact: <contact>
      Expires: <expires>
      Content-Length: 0
      """
    Then Bob receives a 400
    And sip:bob@example.com has no bindings

    Examples:
      | case                     | contact                   | expires |
      | * with an expiry         | *                         | 3600    |
      | * beside another contact | *, <sip:bob@10.0.0.12>    | 0       |
      | a contact that is none   | garbage here              | 3600    |
      | a q value above 1        | <sip:bob@10.0.0.12>;q=1.5 | 3600    |

  Scenario: The proxy forgets its registrations when it restarts
    Given Bob is registered
    When the proxy restarts
    Then Bob has no bindings

  Scenario: Upper and lower case are the same user
    When Bob registers
    Then the registration of Bob is accepted
    When Alice calls sip:BOB@example.com
    Then Bob rings
