Feature: Calls to be captured, imported and run again

  Scenario: register with digest
    Given the proxy serves the domain "example.com"
    And the proxy runs the script "auth.cfg"
    And the table subscriber contains:
      | username | domain      | password | ha1                              |
      | alice    | example.com | wonder   | 2ea68a710b96a2d11cb42c2b3758287a |
    And the phones:
      | name  | aor                   | address   | password |
      | Alice | sip:alice@example.com | 10.0.0.11 | wonder   |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |          |
    When Alice registers
    Then the registration of Alice is accepted
    When Bob calls sip:alice@example.com
    Then Alice rings
    When Alice answers
    Then the call between Bob and Alice is established
    When Bob hangs up
    Then the call between Bob and Alice has ended

  Scenario: hold and resume
    Given the proxy serves the domain "example.com"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |
    And Bob is registered
    When Alice calls sip:bob@example.com
    And Bob answers
    Then the call between Alice and Bob is established
    When Bob puts the call on hold
    Then Alice received at least 1 INVITE
    When Bob resumes the call
    Then Alice received at least 2 INVITE
    When Alice hangs up
    Then the call between Alice and Bob has ended

  Scenario: forked, the fastest wins
    Given the proxy serves the domain "example.com"
    And the proxy runs the script "fork.cfg"
    And the phones:
      | name  | aor                   | address   |
      | Desk  | sip:bob@example.com   | 10.0.0.21 |
      | Cell  | sip:bob@example.com   | 10.0.0.22 |
      | Soft  | sip:bob@example.com   | 10.0.0.23 |
      | Alice | sip:alice@example.com | 10.0.0.11 |
    And Desk is registered
    And Cell is registered
    And Soft is registered
    When Alice calls sip:bob@example.com
    Then Desk rings
    When Cell answers
    Then the call between Alice and Cell is established
    And Desk stops ringing
    When Cell hangs up
    Then the call between Alice and Cell has ended

  Scenario: cancelled
    Given the proxy serves the domain "example.com"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |
    And Bob is registered
    When Alice calls sip:bob@example.com
    Then Bob rings
    When 3 s pass
    And Alice cancels the call
    Then Bob stops ringing

  Scenario: redirected
    Given the proxy runs the script "redirect.cfg"
    And Alice is a phone at "10.0.0.11"
    When Alice calls sip:bob@10.0.0.1
    Then the call of Alice fails with 300

  Scenario: failure falls back
    Given the proxy runs the script "fallback.cfg"
    And the phones:
      | name   | address   |
      | Alice  | 10.0.0.11 |
      | First  | 10.0.0.21 |
      | Second | 10.0.0.22 |
    And First is busy
    When Alice calls sip:bob@10.0.0.1
    And Second answers
    Then the call between Alice and Second is established
    When Second hangs up
    Then the call between Alice and Second has ended

  Scenario: nobody answers, the timer falls back
    Given the proxy runs the script "fallback.cfg"
    And the phones:
      | name   | address   |
      | Alice  | 10.0.0.11 |
      | First  | 10.0.0.21 |
      | Second | 10.0.0.22 |
    And Second rejects every call with 480
    When Alice calls sip:bob@10.0.0.1
    Then First rings
    And the call of Alice fails with 408

  Scenario: over TCP
    Given the proxy serves the domain "example.com"
    And the phones:
      | name  | aor                   | address   | transport |
      | Alice | sip:alice@example.com | 10.0.0.11 | tcp       |
      | Bob   | sip:bob@example.com   | 10.0.0.12 | tcp       |
    And Bob is registered
    When Alice calls sip:bob@example.com
    Then Bob rings
    When Bob answers
    Then the call between Alice and Bob is established
    When Alice hangs up
    Then the call between Alice and Bob has ended

  Scenario: over IPv6
    Given the proxy serves the domain "example.com"
    And the proxy listens on "udp:[2001:db8::1]:5060"
    And the phones:
      | name  | aor                   | address                |
      | Alice | sip:alice@example.com | [2001:db8::11]:5060    |
      | Bob   | sip:bob@example.com   | [2001:db8::12]:5062    |
    And Bob is registered
    When Alice calls sip:bob@example.com
    Then Bob rings
    When Bob answers
    Then the call between Alice and Bob is established
    When Bob hangs up
    Then the call between Alice and Bob has ended

  Scenario: not registered, then registered for a while, then gone
    Given the proxy serves the domain "example.com"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |
    When Alice calls sip:bob@example.com
    Then the call of Alice fails with 404 Not Found
    When Bob registers for 120 s
    Then the registration of Bob is accepted
    When Bob unregisters
    Then Bob receives a 200 to REGISTER
    When Alice calls sip:bob@example.com
    Then the call of Alice fails with 404 Not Found

  Scenario: early media, a message within the call, headers of one's own
    Given the proxy serves the domain "example.com"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |
    And Bob is registered
    When Alice calls sip:bob@example.com with the headers:
      | X-Purpose | sales |
    And Bob sends 183
    Then Alice receives early media
    When Bob answers
    Then the call between Alice and Bob is established
    When Alice sends the INFO within the call
    Then Bob receives an INFO
    When Bob hangs up
    Then the call between Alice and Bob has ended

  Scenario: declined, and asked
    Given the proxy serves the domain "example.com"
    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |
    And Bob is registered
    When Alice calls sip:bob@example.com
    And Bob declines
    Then the call of Alice fails with 603
    When Alice sends the OPTIONS to sip:bob@example.com
    Then Alice receives a 200 to OPTIONS
