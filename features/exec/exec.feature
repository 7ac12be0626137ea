Feature: External commands see messages and name destinations

  Background:
    Given the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |

  Scenario: The redirect server of the guide
    Given the proxy runs the script "../scripts/exec.cfg"
    And the command "printenv SRCIP > exectest.txt; cat >> exectest.txt" prints ""
    And the command "echo sip:mra@iptel.org; echo sip:mrb@iptel.org; echo > /dev/null" prints:
      """
      sip:mra@iptel.org
      sip:mrb@iptel.org

      """
    When Alice calls sip:bob@example.com
    Then Alice is redirected with 300 to:
      | contact           |
      | sip:mra@iptel.org |
      | sip:mrb@iptel.org |
    And the command "printenv SRCIP > exectest.txt; cat >> exectest.txt" is given:
      | SRCIP          | 10.0.0.11                             |
      | standard input | INVITE sip:bob@example.com SIP/2.0 |

  Scenario: The exercise of the guide, with the shell of this machine
    Given commands are really run
    And the proxy runs the script:
      """ser
      route {
        exec_dset("echo sip:2234@10.0.0.12; echo > /dev/null");
        strip(2);
        if (uri =~ "^sip:2") { prefix("0"); } else { prefix("1"); };
        forward(uri:host, uri:port);
      }
      """
    When Alice sends the OPTIONS to sip:bob@example.com
    Then the Request-URI of the OPTIONS received by Bob is sip:134@10.0.0.12

  Scenario Outline: The exit code decides
    Given the proxy runs the script:
      """ser
      route {
        if (method == "ACK") { break; };
        if (exec_msg("decide")) { sl_send_reply("480", "Yes"); } else { sl_send_reply("486", "No"); };
      }
      """
    And the command "decide" fails with exit code <code>
    When Alice calls sip:bob@example.com
    Then the call of Alice fails with <status>

    Examples:
      | code | status  |
      | 0    | 480 Yes |
      | 1    | 486 No  |
      | 127  | 486 No  |

  Scenario Outline: What the shell would take for more than a word stays one word
    Given commands are really run
    And the proxy runs the script:
      """ser
      route {
        if (exec_dset("printf %s")) { sl_send_reply("302", "Found"); } else { sl_send_reply("500", "None"); };
      }
      """
    When Alice calls sip:<user>@example.com
    Then Alice is redirected with 302 to:
      | contact                |
      | sip:<user>@example.com |

    Examples:
      | user                       |
      | a;touch${IFS}/tmp/pwned    |
      | $(id)                      |
      | `id`                       |
      | a'b                        |
      | a\|b&c                     |
      | ../../etc/passwd           |
