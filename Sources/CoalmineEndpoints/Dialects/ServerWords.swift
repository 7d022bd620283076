// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// An endpoint's own words about why it does not answer, where they may be shown.
///
/// An error message must not carry a secret to a terminal or a log: words that repeat something of
/// a question or of the key are not shown at all, and all others are cut short.
struct ServerWords {
  private let passages: [Passage]
  private let prefixes: [TokenPrefix]
  /// Texts of which one was to be chosen.
  private let choices: [[UInt8]]
  /// Keys and header values.
  private let secrets: [[UInt8]]

  /// - Parameters:
  ///   - asks: what was asked; texts that are public may be repeated.
  ///   - secrets: keys and header values.
  init(asks: [Ask], secrets: [[UInt8]]) {
    passages = asks.compactMap(\.passage).filter { !$0.isPublic }
    prefixes = asks.compactMap {
      switch $0 {
      case .next(let prefix, _), .force(let prefix, _): prefix
      default: nil
      }
    }
    choices = asks.flatMap { ask -> [[UInt8]] in
      guard case .choose(let passage, let texts) = ask, !passage.isPublic else { return [] }
      return texts
    }
    self.secrets = secrets
  }

  /// How many bytes are shown.
  private static let shownLength = 300
  /// How many bytes are looked at.
  private static let readLength = 4_096

  /// - Parameter parsed: the reply as JSON; `nil` where it is none.
  func shown(of reply: Reply, _ parsed: JSONDocument?) -> String? {
    guard let words = parsed.map(Self.said) ?? Self.plain(reply), !words.isEmpty else {
      return nil
    }
    guard isHarmless(words) else { return nil }
    return terminalSafe(
      String(decoding: Self.whole(Array(words.prefix(Self.shownLength))), as: UTF8.self))
  }

  /// Where a `location` header leads, without user, query and fragment, in which keys travel; `nil`
  /// where it may not be shown.
  ///
  /// - Parameter base: a URL of the server, for a place that names none.
  func place(_ location: String, from base: String) -> String? {
    guard location.utf8.count <= Self.shownLength,
      location.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return nil }
    let path = location.prefix { $0 != "?" && $0 != "#" }
    let root = base.dropLast(APIRoutes.path(of: base).count)
    let whole =
      path.hasPrefix("//")
      ? root.prefix { $0 != "/" } + path : path.hasPrefix("/") ? root + path : path
    guard let scheme = whole.firstRange(of: "://") else { return nil }
    let rest = whole[scheme.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
    let folders = rest.dropFirst(authority.count)
    guard !host.isEmpty,
      !folders.split(separator: "/").contains(where: { KeyLooks.isKey(String($0)) })
    else { return nil }
    let shown = String(whole[..<scheme.upperBound] + host + folders)
    return isHarmless(Array(shown.utf8)) ? terminalSafe(shown) : nil
  }

  /// Whether words repeat nothing of a question or of the key.
  private func isHarmless(_ words: [UInt8]) -> Bool {
    let shown = Array(words.prefix(Self.shownLength))
    if secrets.contains(where: { Self.repeats(words, $0, run: 8) }) { return false }
    for ending in passages.map(\.ending) + choices {
      let target = Array(ending.drop { $0 == 0x20 })
      // Beyond what is shown, too: the cut may fall inside the secret.
      if target.count >= 4,
        ByteSearch.contains(Array(words.prefix(Self.shownLength + target.count)), target)
      {
        return false
      }
    }
    // Servers cut, quote and escape what they repeat; a run of it is enough.
    for text in passages.flatMap(\.texts) + prefixes.map(\.text) + choices
    where Self.repeats(shown, text, run: 12) { return false }
    let numbers = Self.numbers(words)
    return !prefixes.contains { Self.repeats(numbers, $0.tokens) }
  }

  /// Where servers put their words in JSON.
  private static func said(_ document: JSONDocument) -> [UInt8]? {
    let root = document.root
    let error = root["error"] ?? root
    let detail = root["detail"]
    return error["message"]?.stringBytes ?? error.stringBytes ?? root["message"]?.stringBytes
      ?? detail?.stringBytes ?? detail?.elements?.first?["msg"]?.stringBytes
  }

  /// The body of a refusal in plain text. A reply with status 200 may be a model's text instead.
  private static func plain(_ reply: Reply) -> [UInt8]? {
    let type = reply.header("content-type")?.lowercased()
    guard reply.status != 200, !reply.looksLikeHTML,
      type.map({ $0.hasPrefix("text/plain") || $0.contains("json") }) ?? true
    else { return nil }
    let start = reply.body.drop { $0 <= 0x20 }.prefix(readLength)
    let end = start.lastIndex { $0 > 0x20 }.map { start.index(after: $0) } ?? start.startIndex
    let words = Array(start[..<end])
    // Bytes that are no text say nothing to a person.
    return String(validating: whole(words), as: UTF8.self) == nil ? nil : words
  }

  /// The bytes without the beginning of a character that was cut off at their end.
  private static func whole(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for length in 1...3 where bytes.count >= length {
      let lead = bytes[bytes.count - length]
      guard lead >= 0x80 else { break }
      guard lead >= 0xC0 else { continue }
      let needed = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
      if needed > length { bytes.removeLast(length) }
      break
    }
    return bytes
  }

  /// Whether `words` hold `run` bytes in a row of `text`; the whole of a shorter text of at least
  /// four bytes.
  private static func repeats(_ words: [UInt8], _ text: [UInt8], run: Int) -> Bool {
    let length = min(run, text.count)
    guard length >= 4, words.count >= length else { return false }
    return (0...(text.count - length)).contains {
      ByteSearch.contains(words, Array(text[$0..<($0 + length)]))
    }
  }

  /// Whether three token numbers in a row of a prefix are among those of the words, in any
  /// spelling of a list.
  private static func repeats(_ numbers: [Int], _ prefix: [Int]) -> Bool {
    let length = min(3, prefix.count)
    guard length >= 2, numbers.count >= length else { return false }
    return (0...(numbers.count - length)).contains { start in
      let run = numbers[start..<(start + length)]
      return (0...(prefix.count - length)).contains {
        prefix[$0..<($0 + length)].elementsEqual(run)
      }
    }
  }

  /// Every number in decimal digits.
  private static func numbers(_ words: [UInt8]) -> [Int] {
    words.split { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      .compactMap { Int(String(decoding: $0, as: UTF8.self)) }
  }
}

extension Reply {
  var looksLikeHTML: Bool {
    if header("content-type")?.contains("html") == true { return true }
    return body.first { $0 > 0x20 } == UInt8(ascii: "<")
  }
}

extension Passage {
  /// Every text that a request with this passage holds.
  fileprivate var texts: [[UInt8]] {
    [text, after] + studyTurns
  }
}
