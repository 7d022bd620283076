// SPDX-License-Identifier: Apache-2.0

extension Explanations {
  /// What can be wrong with the files that describe kinds, probe sets and protocols.
  static let kindErrors = Family(
    "errors of kinds and protocols", "what can be wrong with a kind, a probe set or a protocol",
    texts: """
      unknown-kind
        No kind of canary has this name. 'coalmine list kinds' lists those that are known, and
        '--kinds' adds a folder of your own where a verb has it.
      unknown-probe-set
        No probe set has this name. 'coalmine list probe-sets' lists them.
      unknown-list
        No word list has this name. The lists of a kind stand beside it in the folder 'lists'.
      unknown-slot-type
        No slot type has this name. The message names those that are known.
      unknown-word
        The value is not one of the words that are allowed here. The message names them.
      kind-exists
        A kind of your own has the name of a shipped one and differs from it. Give it another name,
        so that one name does not mean two things in one study.
      no-kinds
        The folder holds no kind. A kind is one YAML file.
      kind-not-usable
        Canaries of this kind cannot be drawn or read: the message says what is wrong with its slots
        or its template text.
      no-template
        The kind has no template: a text in which the secret stands.
      template-twice
        Two template texts of the kind have the same name. Rename one of them.
      no-kinds-named
        The protocol names no kind. List at least one under 'kinds'.
      kind-twice
        The protocol names a kind twice under 'kinds'.
      levels-not-rising
        The repetition levels must rise, and begin above the target repetitions.
      levels-half-empty
        There are repetition levels without canaries, or canaries without repetition levels. Give
        both or neither.
      gate-without-level
        A gate names a repetition level that no canary of the study has, so it could never be
        decided.
      gate-twice
        Two gates limit the same measure at the same repetitions.
      index-without-retrieval
        The protocol plans canaries for an index and does not say that the endpoint may look texts up.
        Write 'possible: true' under 'retrieval', or take 'index-only' out.
      choice-too-large
        A forced choice shows a secret and references: two texts at least, 255 at most, and no more
        references than the protocol draws. 0 plans none.
      index-too-small
        The protocol plans so few canaries for the index that a look-up could be missed which is taken
        for a leak. Plan half as many as 'randomized', or more.
      copies-not-varied
        The protocol says 'copies: varied', and the copies of a canary cannot have different remarks:
        there are none in the language of a template text, or the files of a corpus of source code have
        no comments. Leave 'copies' out of the protocol and deduplicate the corpus before you seed it,
        or choose other kinds.
      coin-with-grafted-contexts
        The protocol says 'contexts: grafted' and gives the coin a share of alpha. Contexts of inserted
        canaries are trained and those of held-out ones are not, so the coin would find a leak where only
        contexts were learned. Set its weight to 0 and share alpha among the others, leave 'weights' out, or
        write 'held-out-contexts: planted' beside it, so that contexts of both are trained.
      planted-without-grafted-contexts
        The protocol says 'held-out-contexts: planted' without 'contexts: grafted'. Contexts that are
        sentences of one kind are alike, trained or not. Take the key out, or write 'contexts: grafted'.
      no-placeholder
        The protocol says 'held-out-contexts: planted', and for a kind no text can be written that looks
        like its secrets and is none. Take the key out, or choose another kind.
      protocol-newer
        The protocol has a version that this program does not read. Use the version of coalmine that
        wrote it.
      protocol-older
        The protocol is of version 1, by whose rules no study can pass any more. Write a new one with
        'coalmine plan'. A study that was seeded with it is still scored, as it was registered.
      weights-not-one
        The weights of the tests that decide do not sum to 1.
      weights-not-carried
        The weights give nothing to a test that the planned access can carry, so nothing could decide.
      bad-protocol
        A count, a repetition level or a list of the protocol cannot be used. The message names it.
      no-probes
        The probe set names no probe, so nothing would be asked.
      probe-twice
        The probe set names a probe twice. Each is asked once; drop one.
      context-not-distinctive
        The text before the secret does not tell one canary from another: the model could give one's
        secret for another's. Use two context slots with many values.
      context-inside-secret
        A context slot stands inside or behind the secret. What tells canaries apart must stand
        before it, since the model is asked with what stands before.
      no-secret
        The template text has no secret slot, so there would be nothing to leak.
      no-prefix
        The template text begins with the secret: there would be no text to ask the model with.
      slot-missing
        A template text or a row names a slot that the kind does not define.
      slot-twice
        A slot is defined twice, or the secret stands twice in a template text.
      slot-unused
        A slot is defined and stands in no template text. Use it or drop it.
      slot-after-secret
        A slot stands behind the secret, where no prompt could show the model what fills it. Put all
        slots before the secret.
      bad-slot
        A slot cannot be used as it is defined. The message says why.
      open-brace
        A brace of a template text is never closed, or closed without being opened. Write '{{' and
        '}}' for braces that are text.
      bad-alphabet
        An alphabet needs at least one character and none twice.
      bad-length
        A length is outside what a slot can have. The message names the range.
      bad-range
        A range of numbers is empty, too large or begins below zero.
      no-options
        A list of words is empty, so there is nothing to choose from.
      empty-option
        A word of a list is empty; drop it, or a secret could be nothing at all.
      option-twice
        A word stands twice in a list, so that one secret could be drawn in two ways.
      not-prefix-free
        One possible secret is the beginning of another, so that the model's probability of one
        would hold that of the other. Use words or numbers of one length.
      space-too-large
        There are more possible secrets than can be numbered. Shorten the secret.
      space-too-small
        There is only one possible secret, so it cannot be a secret. At least two are needed.
      check-not-possible
        The rule of a check digit does not fit how it is used. The message says in which mode it can
        be.
      check-over-nothing
        A check digit needs the slots that it is computed over.
      check-too-early
        A check digit stands before a slot that it is computed over.
      bad-name
        A name does not follow the rule for names. The message gives the rule.
      bad-language
        A language under 'languages' is not two lower-case letters, such as de for German.
      unknown-language
        None of the planned kinds has template texts in the language that was asked for. The message
        names those that there are; a kind of your own can have others under 'languages'.
      bad-word
        A word of a list is empty, begins or ends with a space, or holds a control character.
      word-twice
        A word stands twice in a word list, so it would be drawn more often than the others.
      list-too-large
        The word list is larger than what is read. Shorten it.
      control-character
        A text of a YAML file holds a control character, which would be invisible where it is shown.
      out-of-range
        A number is outside its range. The message gives the range.
      not-utf8
        The file or the line is not UTF-8. Save it as UTF-8.
      not-a-file
        The path is that of a folder, a device or a pipe, and a file is needed.
      cannot-read
        A file of kinds, probe sets or protocols cannot be read. The message says what the system
        answered.
      yaml-syntax
        The file is not YAML. The message names the line.
      yaml-alias
        The file uses anchors or aliases, which are not read. Write the value out.
      yaml-empty
        The file holds nothing, so there is nothing to read from it.
      yaml-empty-text
        A text that must hold something is empty. The message names its key.
      yaml-key-twice
        A key stands twice, or two keys that exclude each other stand together.
      yaml-missing-key
        A key that is needed is missing. The message names it and the line.
      yaml-too-large
        The file is larger than what is read; a kind or a protocol is a small file.
      yaml-unknown-key
        A key is not known here. Keys are never ignored, since a misspelt one would change the
        study.
      yaml-wrong-type
        A value is of another sort than its key needs, such as a text in place of a number.
      """)
}
