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
      """)
}
