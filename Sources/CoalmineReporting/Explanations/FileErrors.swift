// SPDX-License-Identifier: Apache-2.0

extension Explanations {
  /// What can be wrong with files that are read and written, the ledger apart.
  static let fileErrors = Family(
    "errors of files", "outputs that cannot be written, inputs that cannot be read",
    texts: """
      output-exists
        A file of that name is there already, and it was left as it is. Give another name, or
        '--force' where the verb has it; a ledger is replaced by nothing.
      output-is-input
        The output is a file that the same command reads, perhaps by another path or a link, or
        belongs to one, as the log of a ledger does. Nothing was written; give the output another
        name.
      output-is-a-link
        The output's name is a symbolic link, and coalmine does not write through links. Give the
        name of the file itself.
      output-is-a-folder
        The output's name is that of a folder. Give the name of a file.
      output-not-a-file
        The output's name is that of a device, a pipe or a socket. Give the name of a file; a hyphen
        stands for standard output.
      output-is-a-ledger
        The output's name is that of a study's ledger, or of a file that cannot be read and may be
        one. A ledger alone knows what was planted, and it may hold answers that were paid for. It
        is never overwritten; give another name.
      output-named-twice
        Two outputs of one command have the same name, so that one would replace the other. Nothing
        was written; give each a name of its own.
      output-not-created
        The output could not be created. Look whether its folder exists and can be written to. The
        name of a ledger must leave room for the endings of the files beside it, such as '-wal'.
      output-not-written
        The output could not be created or written in full. No half-written file stays; the message
        says what the system answered.
      output-in-use
        Another process writes to this output, or the name that coalmine writes to first is taken by
        something that is not its own. Wait for the process to end, or give another name.
      write-failed
        Writing failed for another reason than a full disk. No half-written file stays; look at the
        disk, then run the command again.
      disk-full
        The disk is full. No half-written file stays, and what a ledger holds is not lost. Make room
        and run the same command again.
      stdout-failed
        What was to be printed could not be written to standard output: its reader went away, or the
        disk behind it is full. What was printed is not whole; do not use it. 'seed' removes the
        ledger of a corpus that was not printed whole, and can be run again. Everything else that
        the command wrote into files and ledgers is there. 'score', 'report', 'verify' and 'unseed'
        can be run again at no cost.
      input-missing
        The input file cannot be opened: it is not there, or its permissions forbid it.
      input-unreadable
        The input file was opened and could not be read to its end. The message says what the system
        answered.
      input-too-large
        The input file is larger than what is read at once for this purpose. Is it the right file?
      report-not-written
        The report could not be put into its format. This is a defect of coalmine: please report it,
        without the secrets.
      unknown-format
        There is no report format of that name. 'coalmine list formats' lists them.
      format-twice
        One call names a report format twice. Name each once.
      unknown-slug
        No caveat, check, finding, reason or error has this name. 'coalmine explain' without a slug
        lists all.
      no-training-text
        A file that 'coalmine serve' was to train its model on holds no text, or none in the fields
        that were named or found. Name the fields as for 'coalmine seed', or give another file.
      training-too-large
        The training files are too large for the embedded model. Give it smaller ones: it
        is a demo model to try a study with.
      port-taken
        'coalmine serve' cannot listen on this port, because another program does or the system
        forbids it. '--port 0' takes a free one.
      """)

  /// What can be wrong with the study's file.
  static let ledgerErrors = Family(
    "errors of ledgers", "what can be wrong with a study's file",
    texts: """
      ledger-exists
        A file of the ledger's name is there already, and it was left as it is. Give the study
        another name.
      ledger-not-created
        The ledger could not be created. Look whether its folder exists and can be written to.
      ledger-missing
        There is no ledger at this path. 'coalmine seed' and 'coalmine import' make one; '--study'
        names it.
      ledger-not-readable
        The ledger is there and cannot be read. Look at its permissions: it is written with mode
        0600.
      ledger-not-writable
        The ledger cannot be opened for writing. Write access to the file and to its folder is
        needed, since answers are stored as they come, and the name must leave room for '-wal'.
      ledger-not-durable
        The ledger refuses the settings that keep answers through a loss of power. Some network file
        systems do; keep the ledger on a local disk.
      ledger-locked
        Another process holds the ledger, so that two runs do not pay for the same answers. Wait for
        it to end; a process that was killed leaves no lock.
      ledger-busy
        The ledger changed so fast, again and again, that no whole copy of it could be made to look
        at. Run the same command again; 'coalmine status' waits for nobody and disturbs nobody.
      ledger-io
        Reading or writing the ledger failed in the system. What was committed before is stored.
        Look at the disk, then run the same command again.
      ledger-failed
        The database gave an error that is not expected. This is a defect of coalmine or a damaged
        file; keep a copy of the ledger and report it.
      ledger-newer
        A newer version of coalmine wrote this ledger. Use that version; this one would read it
        wrongly.
      study-retired
        'coalmine retire' dropped the secrets, the record texts and the replies of this study. What needs
        them cannot be done any more: asking, scanning, undoing, comparing, revealing. 'score', 'report',
        'history', 'status' and 'verify --study' still work. Use a copy that was made before, if there is
        one.
      retire-unfinished
        A run has answers missing, and a retired study cannot be asked any more. Nothing was dropped.
        Add '--unfinished' to keep it as it is, or finish the run with 'coalmine probe'.
      retire-waiting
        A run waits for a batch job of the provider: answers that are paid for would be lost. Nothing was
        dropped. The same 'coalmine probe' command fetches them.
      retire-not-verified
        Before anything is dropped, everything is verified, and something differs from what was stored.
        Nothing was dropped: it would take away what could show why. 'coalmine verify --study' lists all
        differences.
      ledger-old
        An older version of coalmine wrote this ledger. It can be scored and reported, and nothing
        is written to it. 'coalmine verify --study STUDY --upgrade NEW' writes a new ledger that
        goes on.
      ledger-damaged
        The ledger lacks something that it must hold, or holds something that cannot be read. The
        seeding that wrote it did not end, or another program changed it; restore a copy.
      ledger-altered
        What the ledger holds is not what was written into it: its digests differ. Nothing is
        computed from it; restore a copy.
      no-such-run
        The study has no run of a tuned model with this number. The message lists those that it has.
      ledger-log-foreign
        Beside the ledger stands a '-wal' file that does not make a whole ledger with it: one of
        them was restored or replaced without the other. Nothing was changed. Move the '-wal' file
        away if the ledger is a copy that was restored, else restore both.
      ledger-has-journal
        A file that ends in '-journal' stands beside the ledger. A ledger of coalmine never has one,
        and SQLite would write it into the ledger. Move it away.
      ledger-has-names
        The ledger has several names (hard links). Its log stands beside one of them, so that work
        under another name would destroy it. Copy the ledger to a file of its own.
      ledger-replaced
        The ledger was removed, renamed or replaced while a command used it. What the command stored
        is in the file that had the name before, and in the '-wal' file beside it.
      output-has-log
        A '-wal', '-journal' or '-shm' file has the name of the new ledger's own. It belongs to
        another ledger and may hold its answers. Move it away, or give the new ledger another name.
      ledger-not-a-file
        A ledger was to be written to standard output. It is a database and needs the name of a
        file.
      text-holds-nul
        A name or a statement that was to be stored holds a NUL byte, which the ledger cannot keep.
        Leave it out.
      exchange-not-answered
        Coalmine wanted to note what a reply says that is not stored: a defect. Please report it
        with the command that was run.
      not-a-ledger
        The file is no ledger of coalmine, or it is damaged so far that it cannot be told. Look at
        the path that '--study' names.
      exchange-not-open
        An answer came for a request that does not wait for one. This is a defect of coalmine; what
        is stored is not touched.
      plan-changed
        The run holds answers to other questions than this version plans. Its answers stay;
        '--new-run' of 'coalmine probe' asks anew.
      model-changed
        The endpoint answers a few public texts of its check otherwise than when the run was begun,
        by more than the noise, or its replies name another model: somebody replaced the model
        under the same name. Answers of two models in one run would be a number of neither. Those
        that are stored stay, and are about the earlier model. '--new-run' asks the model that is
        served now.
      model-not-compared
        A run that goes on, or that is asked for again, is compared with the model that it began
        with, by a few public texts. The endpoint did not answer them. What is stored stays; run
        the command again when the endpoint answers.
      bad-randomness-root
        The randomness that the ledger stores is not as long as it must be. Restore the study file
        from a copy.
      corpus-file-twice
        Two of the files that were named hold the same data, such as a file and its compressed form, or
        would have the same name. Records in them would be counted and trained twice. Name one of them.
      study-in-shards
        The corpus of the study is written by shards, and they are not merged yet, so the study does not
        know what the seeded files hold. Run the shards that are missing, which 'coalmine status' names,
        then 'coalmine merge'.
      study-not-in-shards
        A shard was to be written, or merged, for a study that does not wait for one: it was merged
        already, or it was seeded on one machine.
      shards-more-than-files
        Of several files a shard writes whole ones, so there are no more shards than files. A single file
        of JSON Lines or plain text is cut into ranges of lines, if it is not compressed and has enough
        records. Ask for fewer shards, or split large files first: each part of a table needs its header,
        and each part of a JSON array its brackets.
      shards-of-source
        A tree of source code is seeded in one piece: its canaries are new files. Leave '--shards' out.
      shard-number
        The study was planned for another number of shards, or they are numbered from 1. The message
        says how many there are.
      shard-file-missing
        A shard writes a file of the corpus that is not among those that were named. Name all files of
        the corpus, or at least those of this shard.
      shard-file-differs
        A file of the corpus is not the one that was surveyed when the study was planned. Places of
        copies were drawn for that one. Give the shard the same file, or plan again.
      shards-missing
        Not every file of the corpus has been written with a receipt of this plan. Run the shards that
        are named, and merge again; nothing was changed.
      shard-output-differs
        A seeded file was changed after its shard wrote it. Remove it and its receipt, and run the shard
        again; nothing was changed.
      commitment-unreadable
        The file is no commitment, or is damaged. A commitment is what 'coalmine commit' wrote, byte
        for byte.
      disclosure-unreadable
        The file is no disclosure, or is damaged. A disclosure is what 'coalmine disclose' wrote.
      unknown-canary
        No canary of the study has this identifier. A report lists all identifiers.
      study-imported
        The canaries of this study were imported, so their corpus is not known and can be neither
        verified nor given back.
      bad-epochs
        A training reads at least a part of its file. Give the number of epochs that the training
        had: 3 where it read the file three times, 0.5 where it stopped after half of it.
      """)
}
