// SPDX-License-Identifier: Apache-2.0

extension Explanations {
  /// Why text cannot be scanned for planted secrets.
  static let scanErrors = Family(
    "errors of scanning", "'coalmine scan' cannot look for what was planted",
    texts: """
      scan-no-canaries
        The study planted nothing that can be looked for: it inserted no canary, or every secret has
        fewer than eight bytes without white space. Text of such a length is found by chance.
      scan-one-input
        '--from' says where one input was left, so it needs exactly one input, and an offset of 0 or
        more.
      scan-offset-behind-end
        The input is shorter than the offset of '--from', so it is not the input that was scanned
        before. A log that was rotated begins anew: scan it without '--from'.
      scan-line-too-long
        With '--field' or '--format otel' a record is one line, and a line may have 256 MiB. What was
        found before it was printed. Scan the file as text.
      scan-input-changed
        A file became shorter while it was read: it was cut or rotated just then. What was found before
        was printed. Run the same command again: it goes on from the state.
      scan-state-unreadable
        The file of '--state' exists and is no state of a scan, so it is not replaced. Give another name,
        or move the file away; the scan then begins at the start of its inputs.
      scan-state-other
        A state belongs to one study or pattern file and to one choice of fields: another scan would
        leave out what it never searched. Give each scan a state of its own.
      scan-state-needs-files
        Only in a regular file can a scan go on where it ended, not in a pipe or a device. Scan it
        without '--state'.
      patterns-unreadable
        The file of '--patterns' was not written by 'coalmine scan --write-patterns', or by a newer
        program, or it was changed. Write it anew from the study.
      patterns-too-guessable
        A pattern file is fast to search with, so it is fast to guess with. A secret of few bits, such as
        six digits, can be read from it by trying all values, and is left out; here that is every
        secret. Scan where the study may be, or plant secrets of more bits. '--least-bits' lowers the
        limit: docs/scan.md says what a reader of the file can then do.
      """)
}
