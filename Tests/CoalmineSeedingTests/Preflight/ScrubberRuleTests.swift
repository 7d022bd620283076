// SPDX-License-Identifier: Apache-2.0

import CoalmineSeeding
import CoalmineTesting
import Foundation
import Testing

@Suite struct `Rules of scrubbers` {
  /// The slugs of the rules that hit a secret in a sentence.
  private func hits(_ secret: String) -> Set<String> {
    let before = "The value of Maren Dalby is "
    let text = RuleText(Array((before + secret + ".").utf8))
    let range = before.utf8.count..<before.utf8.count + secret.utf8.count
    return Set(TextRule.scrubbers.filter { $0.hits(text, range) }.map(\.slug))
  }

  @Test(
    arguments: [
      ("12345", []), ("123456", ["long-number", "presidio-numbers"]),
      ("copper walnut tractor glory", []),
      ("9f04c1d27be83a56104e", ["hex-run", "mixed-token"]),
      ("q7RkT2mZx94LbWfe", ["mixed-token"]),
      ("some.body@example.de", ["e-mail", "datatrove-e-mail", "presidio-e-mail"]),
      ("Some.Body@example.de", ["e-mail", "presidio-e-mail"]),
      ("503-555-0143", ["phone"]), ("(503) 555-0143", ["phone"]), ("+1 503 555 0143", ["phone"]),
      ("020 7946 0958", ["phone"]), ("07700 900123", ["phone", "long-number", "presidio-numbers"]),
      ("+49 30 901820", ["phone", "long-number", "presidio-numbers"]),
      ("123-45-6788", ["us-ssn", "presidio-numbers"]), ("123-45-6789", ["us-ssn"]),
      ("666-45-6789", ["us-ssn"]),
      ("123-00-6789", ["us-ssn"]), ("123-45-0000", ["us-ssn"]),
      ("4111 1111 1111 1111", ["card-shape", "presidio-card"]),
      ("4111 1111 1111 1112", ["card-shape"]),
      ("GB82 WEST 1234 5698 7654 32", ["iban-shape", "presidio-iban"]),
      ("8.8.8.8", ["datatrove-ip"]), ("192.168.0.1", []), ("8.8.8.256", []),
      ("B1234567", ["presidio-numbers", "long-number"]),
    ] as [(String, [String])])
  func `a secret is hit by the rules that its shape names`(_ secret: String, _ rules: [String]) {
    #expect(hits(secret) == Set(rules), "\(secret): \(hits(secret).sorted())")
  }

  @Test func `what stands beside the secret does not count, and a boundary is one`() {
    let text = RuleText(Array("Call 503-555-0143: the word of Maren is copper.".utf8))
    let phone = TextRule.scrubbers.first { $0.slug == "phone" }
    #expect(phone?.hits(text, 40..<46) == false)
    #expect(phone?.hits(text, nil) == true)
    #expect(phone?.hits(RuleText(Array("9503-555-01434".utf8)), nil) == false)
  }

  @Test func `a Chinese full stop is no part of a word, and a Chinese letter is one`() {
    func finds(_ text: String) -> Bool {
      !Scrubbers.socialSecurity.ranges(in: Array(text.utf8)).isEmpty
    }
    #expect(finds("号码是 123-45-6788。"))
    #expect(!finds("号码是123-45-6788。"))
    #expect(finds("：123-45-6788"))
    #expect(!finds("ä123-45-6788"))
  }

  /// The same expressions in the regular expressions of Foundation.
  private static let oracle: [(BytePattern, String)] = [
    (Scrubbers.longNumber, "(?<![0-9])[0-9]{6,}(?![0-9])"),
    (Scrubbers.hexRun, "(?<![A-Za-z0-9_])[0-9A-Fa-f]{16,}(?![A-Za-z0-9_])"),
    (Scrubbers.socialSecurity, "(?<![A-Za-z0-9_])[0-9]{3}-[0-9]{2}-[0-9]{4}(?![A-Za-z0-9_])"),
    (
      Scrubbers.iban,
      "(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?"
        + "(?![A-Za-z0-9])"
    ),
    (
      Scrubbers.card,
      "(?<![A-Za-z0-9_])[0-9]{4}[ -]?[0-9]{3,4}[ -]?[0-9]{3,4}[ -]?[0-9]{3,5}(?![A-Za-z0-9_])"
    ),
    (
      Scrubbers.email,
      "(?<![A-Za-z0-9_])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\\.){1,8}[A-Za-z]{2,24}"
        + "(?![A-Za-z0-9_])"
    ),
    (
      Scrubbers.phones[0],
      "(?<![A-Za-z0-9_])(?:\\+?1[ .-]?)?\\(?[0-9]{3}\\)?[ .-]?[0-9]{3}[ .-]?[0-9]{4}"
        + "(?![A-Za-z0-9_])"
    ),
  ]

  @Test func `patterns find what regular expressions find in random texts`() throws {
    var generator = SplitMix(11)
    let pieces = [
      "0", "1", "12", "345", "6789", "a", "F", "DE", "-", "-", " ", " ", ".", "@", "(", ")", "+",
      "x.y@z.de", "ab12", "x",
    ]
    var found = 0
    for (number, (pattern, expression)) in Self.oracle.enumerated() {
      let regex = try NSRegularExpression(pattern: expression)
      for _ in 0..<900 {
        let text = (0..<Int.random(in: 1...30, using: &generator)).map { _ in
          pieces[Int.random(in: 0..<pieces.count, using: &generator)]
        }.joined()
        let wanted = regex.matches(in: text, range: NSRange(location: 0, length: text.utf8.count))
          .map { $0.range.location..<$0.range.location + $0.range.length }
        let ranges = pattern.ranges(in: Array(text.utf8))
        #expect(ranges == wanted, "\(number): \(text)")
        found += wanted.count
      }
    }
    #expect(found > 500)
  }
}
