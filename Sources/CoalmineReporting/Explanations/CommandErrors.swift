// SPDX-License-Identifier: Apache-2.0

extension Explanations {
  /// What can be wrong with a local program that answers in place of a server.
  static let commandErrors = Family(
    "errors of commands and names",
    "what can be wrong with a program or a file that names an endpoint",
    texts: """
      config-secret
        A file of endpoints holds a key or the value of a header. Name the variable of the environment
        that holds it, as '$NAME', and take the secret out of the file; if others could read it, replace
        it at the provider.
      config-variable-not-set
        A variable that a file of endpoints names is not set, so the key or a header is missing.
        Nothing was sent.
      unknown-endpoint
        The file of endpoints has no endpoint of that name. The help lists the names that it has.
      bad-command
        The command of '--command' cannot be used. The message says why: no program, an argument that
        looks like a key, or a variable of '--command-variable' that is not set or needs no option.
        Nothing was started.
      command-not-started
        The system did not start the program of '--command'. The message has the system's words.
      command-ended
        The program of '--command' ended, or closed its output, while it was asked. What was answered
        before is stored in a run; asks that it had read may have been paid for and have no answer. The
        same command asks what is missing.
      command-silent
        The program of '--command' did not answer one ask in time: 600 seconds, or those of
        '--timeout'. The ask may have been paid for. What was answered before is stored in a run; the
        same command asks what is missing.
      command-garbled
        A line that the program of '--command' wrote is no answer: it is no JSON object with an 'id',
        its 'id' waits for no answer, or it is too long. Nothing is guessed from it, and the program is
        ended. What was answered before is stored in a run; the same command asks what is missing.
      """)
}
