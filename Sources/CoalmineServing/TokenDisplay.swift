// SPDX-License-Identifier: Apache-2.0

import CoalmineDemoModel

/// How byte tokens are shown in JSON.
enum TokenDisplay {
  /// ASCII as itself, other bytes as `bytes:\xNN`, the mark as `<|bos|>`.
  static func text(_ token: Int) -> String {
    if token < 0x80 { return String(UnicodeScalar(UInt8(truncatingIfNeeded: token))) }
    guard token < 0x100 else { return "<|bos|>" }
    let digits = Array("0123456789abcdef")
    return "bytes:\\x\(digits[token >> 4])\(digits[token & 15])"
  }

  /// Where each token's character begins in the text of ``bytes(_:)``, in Unicode scalars.
  ///
  /// ```
  /// tokens    a  c3 a9  b  ff  c      text  a é b \u{FFFD} c
  /// offsets   0   1  1  2   3  4
  /// ```
  ///
  /// Bytes that are not UTF-8 are shown as U+FFFD, one for each longest broken beginning of a
  /// character. The mark is no character: it has the offset of what follows.
  static func characterOffsets(_ tokens: [Int]) -> [Int] {
    var source = bytes(tokens).makeIterator()
    var parser = Unicode.UTF8.ForwardParser()
    var offsets: [Int] = []
    var characters = 0
    var reading = true
    while reading {
      let length: Int
      switch parser.parseScalar(from: &source) {
      case .valid(let scalar): length = scalar.count
      case .error(let bytes): length = bytes
      case .emptyInput:
        length = 0
        reading = false
      }
      offsets += repeatElement(characters, count: length)
      characters += 1
    }
    // One more stands at the end, for marks after the last byte.
    let end = characters - 1
    var position = 0
    return tokens.map { token in
      let offset = position < offsets.count ? offsets[position] : end
      if token < DemoModel.beginning { position += 1 }
      return offset
    }
  }

  /// The bytes of a text; the mark stands for none.
  static func bytes(_ tokens: [Int]) -> [UInt8] {
    tokens.compactMap { UInt8(exactly: $0) }
  }
}
