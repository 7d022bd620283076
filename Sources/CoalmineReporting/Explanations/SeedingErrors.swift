// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension Explanations {
  /// What `coalmine verify` says of a corpus that another program processed.
  static let processedCorpora = Family(
    "processed corpora", "what a processed corpus comes to",
    texts: """
      complete
        Every copy of every canary is in the processed corpus with its prompt and its secret, and
        nothing is there that was kept out. The study can go on as it was planned.
      repetitions-changed
        Canaries are in the processed corpus in other numbers than planned, for instance because
        copies were taken for duplicates. Every canary stays in the group that it was drawn for; a
        copy that is lost cannot leak, so the study sees less than it planned.
      controls-lost
        Held-out canaries, or records that were kept out, are in the processed corpus. What is
        compared with them is no longer chance. Train on a file without them.
      not-this-corpus
        No planted canary is in the processed corpus: it is another file, or the one from before
        seeding. Nothing was lost; give the file that was trained on.
      """)

  /// What can be wrong with a corpus, before and after seeding.
  static let seedingErrors = Family(
    "errors of corpora", "what can be wrong with a corpus, before and after seeding",
    texts: """
      corpus-missing
        The corpus cannot be opened because it is not there. Nothing was written.
      corpus-not-readable
        The corpus is there and cannot be opened. Look at its permissions. Nothing was written.
      corpus-not-a-file
        The corpus is a pipe, a socket or a device. It is read several times, so it must be a file, a
        folder of files, or standard input, which is named '-' and kept in a temporary file.
      corpus-files-differ
        The files of a corpus are of several formats, or hold their text in different fields. Canaries
        are drawn over all records of a corpus and formatted alike, so its files must be of one form.
        Seed the others as a study of their own.
      corpus-folder-nested
        A folder that was named as a corpus holds another folder. Only the files in a folder are read.
        Name the inner folder, or the files. A tree of source code is read with '--format source'.
      corpus-folder-empty
        A folder that was named as a corpus holds no file. Nothing was written.
      corpus-empty
        The corpus holds no record, so there is nothing to plant canaries among.
      corpus-format-not-supported
        The corpus is of a format that is not read. JSON Lines, JSON arrays, CSV, TSV and plain text
        are, also as gzip or Zstandard data; unpack or convert it first.
      corpus-is-source-code
        The corpus is program text. A sentence between its lines would break the syntax, would be
        filtered out, and would not be trained as code is. With '--format source' a file, or a folder
        with all folders in it, is a corpus of code: canaries become files of their own. With '--format
        text' each line is a record all the same. Neither is ever chosen by itself.
      corpus-has-no-source
        With '--format source' a canary is written as a file of code in the language of the files beside
        it, told by the endings of their names. No file has the ending of a known language. Nothing was
        written.
      kind-not-for-source
        The corpus is source code, and a planned kind of canary has no text for a file in one of its
        main languages. Plan with kinds of code, or give a kind of your own the key 'code'.
      corpus-tokenized
        The records hold numbers of tokens. Trainers read those and ignore the text, so a canary in
        the text would never be trained. Seed the corpus before it is tokenized.
      no-trained-answer
        The records hold prompts without answers, as for reinforcement learning or evaluation, or
        pairs that train an embedding. Such training does not raise the likelihood of a text in
        the file, so a planted secret could not be learned. Seed the data with answers; if a field is
        trained as text all the same, name it.
      bad-json-array
        The file begins as a JSON array of records and is not one to its end, or an element is no
        record. The message says where; nothing was written.
      bad-table
        The CSV or TSV file has no header, or a quoted cell that does not end. Nothing was written.
      corpus-line-too-long
        A line of the corpus is longer than what is read as one record. Is every record on a line of
        its own?
      corpus-changed
        The corpus changed while it was being read, so what was written would belong to neither
        state. Run the command again when nothing writes to it.
      corpus-too-small
        The corpus has too few different texts to take out the number that the protocol or '--hold-out'
        states. State a lower one; 0 leaves the membership measures out. Where neither states a number,
        it follows the corpus: a protocol by hand can leave the line 'non-member-records' out.
      no-usable-record
        A canary is formatted like a record of the corpus, and no record can be used for that. The
        message says what the records lack.
      record-shape-unknown
        No known text field was found in the first records: 'coalmine seed --help' lists the names. A name
        can begin with a capital letter, and a record's one text may have any. Others are named with
        '--text-field', with '--prompt-field' and '--completion-field', or with '--messages-field'.
      corpus-needs-separator
        A file of plain text marks the ends of its texts, as with '<|endoftext|>'. Read by lines, a canary
        could stand inside a text, where no reader expects it. State the mark with '--separator', or
        '--format text' alone if the lines are the records.
      bad-json-line
        A line is not valid JSON, or not an object. The message names the line; nothing was written.
      bad-corpus-option
        An option about the corpus does not fit it, such as field names for plain text.
      corpus-not-utf8
        The corpus is not UTF-8. The message names the line and the byte of the first bad place;
        convert the file, for example with 'iconv -f LATIN1 -t UTF-8'.
      hold-out-field-unknown
        No record has the field by which records were to be taken out as non-members in groups. The
        message names the fields that there are.
      read-failed
        The corpus could not be read to its end. The message says what the system answered; nothing
        was written.
      share-too-small
        A study that can pass has at least the randomized canaries that its smallest leaks need and
        two controls. In a corpus this small they would take more than the allowed share of the
        records. Take a larger corpus, or allow a larger share with '--share', up to 0.1: the message
        says how large. Or write a protocol by hand; the study then cannot pass, only find a leak.
      plan-not-reachable
        With these kinds, so much noise or so many missing answers no number of canaries finds the
        leaks that a study must find in order to pass. Plan for less of both, or use other kinds.
      contexts-in-corpus
        The corpus holds so many of the invented names that no clean set was found: a canary must be
        told from real text. It may have been seeded before; seed the original.
      contexts-too-few
        The protocol says 'contexts: grafted', and fewer records than canaries can give a context: the
        beginning of a record up to the end of a sentence or a line, neither very short nor very long; in
        source code the beginning of a file up to a blank line between statements, in JSON whole members.
        Records with one text count once, and so do groups. Plan fewer canaries, take a larger corpus, or
        leave 'contexts' out of the protocol.
      contexts-exhausted
        The word lists do not give as many different contexts as the study needs, with a second name
        where the template text has room for one. Plan fewer canaries, add kinds, or lengthen the lists.
      manifest-damaged
        What the ledger says about places in the corpus cannot be right. Restore the study file from
        a copy.
      seeded-files-differ
        Another number of files was named than the seeded corpus has. Name each of them once, or the
        folder that 'coalmine seed' wrote them to.
      seeded-size-differs
        The file has another size than the seeded corpus had, with all copies of canaries in their
        places. Something else in it was changed.
      seeded-digest-differs
        The file is not the one that was written by 'coalmine seed': its SHA-256 differs. A model
        that was trained on it was not trained on the study's corpus.
      corpus-is-original
        The file is the corpus as it was before seeding, without any canary. Name the file that
        'coalmine seed' wrote, and train on that one: a model that is trained on the original never
        sees the canaries, and its study finds nothing.
      preflight-not-kept
        The study keeps no preflight: it was seeded by an earlier version, or its canaries were
        imported. 'coalmine preflight' with the seeded corpus and its study computes one.
      seeded-insertion-differs
        A copy of a canary is not where it was planted: the file was changed, sorted or filtered
        after seeding. What the study says about copies does not hold for it.
      original-digest-differs
        The seeded file does not give the original corpus back, because it was changed after
        seeding. 'coalmine verify' says where.
      """)
}
