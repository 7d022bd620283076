// SPDX-License-Identifier: Apache-2.0

extension Explanations {
  /// What can be wrong with the files of `coalmine import`.
  static let importErrors = Family(
    "errors of imports", "what can be wrong with the files of 'coalmine import'",
    texts: """
      bad-json-line
        A line is not a JSON object. The message names the line; no ledger was written.
      not-utf8
        A line is not UTF-8. The message names the line; no ledger was written.
      line-too-long
        A line is longer than what is read as one row. Is every row on a line of its own?
      field-missing
        A row lacks a field that is needed. The message names it.
      field-empty
        A field that must hold something is empty.
      field-twice
        A row names a field twice, so that which one counts is not known.
      field-wrong-type
        A field holds another sort of value than it needs. The message says which.
      bad-id
        An 'id' holds characters that ids cannot have, or is too long. Ids stand in every report.
      id-twice
        Two rows have the same 'id'. Every row needs its own, since reports name canaries by it.
      bad-role
        'role' can only be 'control'. Which canaries were in the file follows from 'repetitions'.
      unknown-kind
        A row names a kind that is not known. Describe it in a YAML file and name its folder with
        '--kinds'.
      kind-not-planned
        A row has a kind that the protocol does not name.
      kind-not-usable
        The kind that a row names cannot be read. The message says why.
      slot-missing
        A row's 'context' names a slot that the kind does not have.
      canary-twice
        Two rows have the same prefix and the same secret. Write one row and count its copies.
      no-canaries
        The file holds no canary, so there is nothing to ask about.
      nothing-inserted
        No canary but controls was in the file, so nothing could leak.
      control-not-inserted
        A control must have been in the file at least once.
      repetitions-not-present
        No canary was inserted as often as the protocol's target repetitions say, so the primary
        test would have nothing to compare.
      secret-not-in-space
        A secret is not one that its kind could have drawn, so it cannot be ranked among those that
        could.
      secret-in-prefix
        The prefix holds the secret, so that the model would be given it.
      secret-in-id
        The 'id' holds the secret, and ids stand in every report.
      prefix-not-of-kind
        The prefix is not a template text of the kind with its slots filled, so no reference can
        stand in the secret's place.
      prefix-ends-white
        The prefix ends in white space. Put that into 'separator': a prompt that ends in a space is
        another prompt.
      prefix-too-long
        The prefix is longer than what is read as one prompt.
      context-ambiguous
        The prefix fits the template text in two ways. Say in 'context' what each slot holds.
      separator-not-white
        The separator holds something else than spaces, tabs and line breaks.
      separator-unknown
        Nothing says what stands between prefix and secret. Add 'separator', or 'text' with the
        whole canary as it was planted.
      text-differs
        'text' is not prefix, white space, secret and suffix as the row gives them, so which of them
        was planted is not known.
      record-on-both-sides
        The same text stands among members and non-members. A text that was in the corpus is no
        non-member.
      no-records
        A file of records holds none, so there is nothing to compare.
      """)
}
