// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineStatistics
import CoalmineStudy
import CoalmineTesting
import Foundation
import Testing

/// What this program proves, and what the second verifier in Python proves.
@Suite struct `Disclosed canaries` {
  private enum Change: CaseIterable {
    case none, text, place, proof, longerProof, twice, otherCommitment, otherStudy, otherRoot
  }

  /// A commitment over made texts and a disclosure of some of them, changed in one way.
  private static func bundle(_ change: Change, _ random: inout ChaCha8Rand) throws
    -> (commitment: Commitment, file: [UInt8], disclosure: Disclosure)
  {
    let count = 1 + Int(random.uniform(below: UInt64(40)))
    let texts = (0..<count).map { place in
      Array("coalmine canary 1\nsalt \(random.next())\nstudy 0123\nid \(place)\n".utf8)
    }
    let tree = MerkleTree(texts)
    func commitment(_ study: String, _ root: [UInt8]) -> Commitment {
      Commitment(
        study: study, version: "1.2.3", protocolDigest: hexadecimal(sha256([1])),
        corpusDigest: nil, seededDigest: nil, canaries: count, inContextControls: 0,
        root: hexadecimal(root))
    }
    let made = commitment(
      change == .otherStudy ? "4567" : "0123", change == .otherRoot ? sha256([7]) : tree.root)
    let file = try made.file()
    var places = texts.indices.filter { _ in random.uniform(below: UInt64(3)) == 0 }
    if places.isEmpty { places = [Int(random.uniform(below: UInt64(count)))] }
    var leaves = places.map {
      Disclosure.Leaf(place: $0, text: Secret(texts[$0]), proof: tree.proof($0))
    }
    let last = leaves[leaves.count - 1]
    let digest = hexadecimal(sha256(file))
    switch change {
    case .none, .otherStudy, .otherRoot, .otherCommitment: break
    case .text:
      leaves[0] = Disclosure.Leaf(
        place: leaves[0].place, text: Secret(leaves[0].text.reveal() + Array("x 1\n".utf8)),
        proof: leaves[0].proof)
    case .place:
      leaves[0] = Disclosure.Leaf(
        place: leaves[0].place + count, text: leaves[0].text, proof: leaves[0].proof)
    case .proof:
      leaves[0] = Disclosure.Leaf(
        place: leaves[0].place, text: leaves[0].text,
        proof: leaves[0].proof.isEmpty ? [sha256([])] : leaves[0].proof.dropLast())
    case .longerProof:
      leaves[0] = Disclosure.Leaf(
        place: leaves[0].place, text: leaves[0].text, proof: leaves[0].proof + [sha256([])])
    case .twice: leaves.append(last)
    }
    return (
      made, file,
      Disclosure(
        commitment: change == .otherCommitment ? hexadecimal(sha256([9])) : digest, leaves: leaves)
    )
  }

  @Test func `two hundred bundles are proven or refused by both verifiers alike`() async throws {
    let folder = try TemporaryFolder()
    var random = ChaCha8Rand(seed: Array(repeating: 11, count: 32))
    var expected: [String] = []
    for number in 0..<200 {
      let change = Change.allCases[number % Change.allCases.count]
      let (commitment, file, disclosure) = try Self.bundle(change, &random)
      try folder.write(String(decoding: file, as: UTF8.self), to: "\(number).commitment.json")
      let revealed = try disclosure.revealedFile()
      try folder.write(String(decoding: revealed, as: UTF8.self), to: "\(number).disclosure.json")
      let read = try Disclosure(file: revealed, named: "d")
      #expect(read == disclosure)
      #expect(try Commitment(file: file, named: "c") == commitment)
      let isProven = read.problems(under: commitment, file: file).isEmpty
      #expect(isProven == (change == .none), "\(number): \(change)")
      expected.append("\(number) \(isProven)")
    }
    let program = """
      import sys
      sys.path.insert(0, sys.argv[1])
      import verify
      for number in range(200):
          try:
              verify.verified(f"{sys.argv[2]}/{number}.commitment.json", f"{sys.argv[2]}/{number}.disclosure.json")
              print(number, "true")
          except verify.Refused:
              print(number, "false")
      """
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", "-B", "-c", program,
      URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Examples/commitment").path,
      folder.path,
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let printed = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(
      String(decoding: printed, as: UTF8.self).split(separator: "\n").map(String.init) == expected)
  }

  @Test(arguments: [
    "", "{}", "[]", #"{"schema": "coalmine-disclosure-1"}"#,
    #"{"schema": "coalmine-disclosure-1", "commitment_sha256": "0", "leaves": [{"place": -1, "text": "a", "proof": []}]}"#,
    #"{"schema": "coalmine-disclosure-1", "commitment_sha256": "0", "leaves": [{"place": 0, "text": "a", "proof": ["zz"]}]}"#,
  ])
  func `what is no disclosure is refused`(_ text: String) {
    #expect(throws: CoalmineError.self) { try Disclosure(file: Array(text.utf8), named: "d") }
    #expect(throws: CoalmineError.self) { try Commitment(file: Array(text.utf8), named: "c") }
  }
}
