// SPDX-License-Identifier: Apache-2.0

import CoalmineScanning
import CoalmineTesting
import Foundation
import Testing

@Suite struct `Near forms of a secret` {
  static let secret = Array("Qz7 Lm-42xKp/9vB".utf8)

  /// The forms that the documentation names, written by Foundation or by hand.
  static func forms(_ secret: [UInt8]) -> [(String, [UInt8])] {
    let text = String(decoding: secret, as: UTF8.self)
    var forms: [(String, [UInt8])] = [
      ("exact", secret),
      ("near", Array(text.uppercased().utf8)), ("near", Array(text.lowercased().utf8)),
      ("near", secret.flatMap { [$0, 0x0A] }.dropLast()),
      ("near", Array(secret.filter { $0 != 0x20 })),
      ("near", Array(secret.map { String(format: "\\u%04x", $0) }.joined().utf8)),
      ("near", Array(secret.map { String(format: "\\x%02X", $0) }.joined().utf8)),
      ("near", Array(secret.map { String(format: "%%%02X", $0) }.joined().utf8)),
      ("near", Array(secret.map { "&#\($0);" }.joined().utf8)),
      ("near", Array(secret.map { String(format: "&#x%x;", $0) }.joined().utf8)),
      ("near", Array(text.replacingOccurrences(of: "/", with: "\\/").utf8)),
      ("near", Array(text.replacingOccurrences(of: " ", with: "\\n").utf8)),
      (
        "near",
        Array(
          String(
            String.UnicodeScalarView(
              secret.compactMap { Unicode.Scalar($0 == 0x20 ? 0x3000 : UInt32($0) + 0xFEE0) })
          ).utf8)
      ),
      ("hexadecimal", Array(secret.map { String(format: "%02x", $0) }.joined().utf8)),
      ("hexadecimal", Array(secret.map { String(format: "%02X", $0) }.joined().utf8)),
    ]
    for lead in 0..<3 {
      for tail in 0..<3 {
        let bytes =
          [UInt8](repeating: 0x78, count: lead) + secret + [UInt8](repeating: 0x79, count: tail)
        let encoded = Data(bytes).base64EncodedString()
        let url = encoded.replacingOccurrences(of: "+", with: "-")
          .replacingOccurrences(of: "/", with: "_")
        forms += [("base64", Array(encoded.utf8)), ("base64", Array(url.utf8))]
      }
    }
    return forms
  }

  private static func scan(_ text: [UInt8], _ targets: [ScanTarget], cut: [Int]) -> [ScanHit] {
    var scanner = Scanner(ScanPatterns(targets))
    var hits: [ScanHit] = []
    var from = 0
    for place in cut + [text.count] {
      hits += scanner.scan(Array(text[from..<place]), last: false)
      from = place
    }
    return hits + scanner.scan([], last: true)
  }

  @Test func `every near form is found once, wherever the input is cut`() {
    let targets = [ScanTarget(name: "a-1", secret: Self.secret)]
    for (form, bytes) in Self.forms(Self.secret) {
      let text = Array("{\"log\": \"said ".utf8) + bytes + Array(" and no more\"}\n".utf8)
      let whole = Self.scan(text, targets, cut: [])
      #expect(whole.map(\.form) == [form], "\(String(decoding: bytes, as: UTF8.self))")
      for cut in 0...text.count {
        #expect(Self.scan(text, targets, cut: [cut]) == whole, "cut at \(cut)")
      }
      #expect(Self.scan(text, targets, cut: Array(1..<text.count)) == whole)
    }
  }

  @Test func `a hit names the bytes where the secret stands`() throws {
    let bytes = Array("x".utf8) + Self.secret + Array("y".utf8)
    let hit = try #require(
      Self.scan(bytes, [ScanTarget(name: "a-1", secret: Self.secret)], cut: []).first)
    #expect(hit.offset == 1 && hit.length == Self.secret.count && hit.text == Self.secret)
    #expect(hit.id(in: "one.log") != hit.id(in: "other.log"))
  }

  @Test func `random secrets in random forms at random cuts are all found`() {
    var random = SplitMix(7)
    let alphabet = Array("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789".utf8)
    let targets = (0..<500).map { number in
      ScanTarget(
        name: "c-\(number)",
        secret: (0..<16).map { _ in alphabet.randomElement(using: &random) ?? 0x41 })
    }
    for _ in 0..<(isDeep ? 100_000 : 300) {
      let target = targets.randomElement(using: &random) ?? targets[0]
      guard let form = Self.forms(target.secret).randomElement(using: &random) else { continue }
      let noise = (0..<200).map { _ in UInt8.random(in: 0x20...0x7E, using: &random) }
      // A line end on both sides: what stands there is no part of an escape or of base64.
      let text = noise + [0x0A, 0x7C] + form.1 + [0x7C, 0x0A] + noise
      let cut = (0..<3).map { _ in Int.random(in: 0...text.count, using: &random) }.sorted()
      let hits = Self.scan(text, targets, cut: cut)
      #expect(hits.map(\.name) == [target.name], "\(form.0)")
    }
  }

  @Test func `an escape before the secret does not hide it`() {
    let targets = [ScanTarget(name: "a-1", secret: Array("nbanana-77".utf8))]
    for before in ["C:\\", "100%", "a&", "\\\\", "%4", "&#"] {
      let hits = Self.scan(Array((before + "nbanana-77").utf8), targets, cut: [])
      #expect(hits.count == 1, "\(before)")
    }
  }

  @Test func `a secret of fewer than eight bytes is named and not looked for`() {
    let patterns = ScanPatterns([
      ScanTarget(name: "short", secret: Array("12 34 56 7".utf8)),
      ScanTarget(name: "long", secret: Array("12 34 56 78".utf8)),
    ])
    var scanner = Scanner(patterns)
    #expect(patterns.tooShort == ["short"] && patterns.count == 1)
    #expect(scanner.scan(Array("12345678".utf8), last: true).map(\.name) == ["long"])
  }
}
