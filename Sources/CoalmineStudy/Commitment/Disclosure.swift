// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger

/// Some of a study's canaries in clear, each with the proof that the commitment stands for it.
public struct Disclosure: Sendable, Equatable {
  /// The name of the file's form.
  public static let schema = "coalmine-disclosure-1"

  /// One canary or control.
  public struct Leaf: Sendable, Equatable {
    /// Its place among all leaves, from 0.
    public let place: Int
    /// Its text, with the secret.
    public let text: Secret<[UInt8]>
    /// 32 bytes each.
    public let proof: [[UInt8]]

    package init(place: Int, text: Secret<[UInt8]>, proof: [[UInt8]]) {
      self.place = place
      self.text = text
      self.proof = proof
    }
  }

  /// SHA-256 of the commitment's file, 64 hexadecimal digits.
  public let commitment: String
  public let leaves: [Leaf]

  /// - Parameters:
  ///   - study: the ledger's path.
  ///   - names: canaries, or `in-context-KIND-NUMBER`; `nil` discloses everything.
  /// - Throws: ``CoalmineError`` with code `unknown-canary`, or an error of the ledger.
  public init(ofStudy study: String, _ names: [String]?) throws {
    let ledger = try Ledger.open(at: study)
    let record = try ledger.study()
    try ledger.close()
    let all = CommitmentLeaf.all(record)
    let places = Dictionary(all.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { $1 })
    if let unknown = names?.first(where: { places[$0] == nil }) {
      throw CoalmineError(
        code: "unknown-canary", "the study has no canary '\(terminalSafe(unknown))'",
        details: ["its canaries begin with \(all.prefix(3).map(\.name).joined(separator: ", "))"],
        help: "a report lists the identifiers of all canaries", exit: .usage)
    }
    let tree = MerkleTree(all.map(\.text))
    let chosen = names.map { Set($0.compactMap { places[$0] }).sorted() } ?? Array(all.indices)
    self.init(
      commitment: try Commitment(record).digest(),
      leaves: chosen.map {
        Leaf(place: $0, text: Secret(all[$0].text), proof: tree.proof($0))
      })
  }

  package init(commitment: String, leaves: [Leaf]) {
    self.commitment = commitment
    self.leaves = leaves
  }

  /// The file, with the secrets in clear.
  public func revealedFile() throws -> [UInt8] {
    var writer = JSONWriter(pretty: true)
    try writer.object { root in
      try root.field("schema", Self.schema)
      try root.field("commitment_sha256", commitment)
      try root.array("leaves") { list in
        for leaf in leaves {
          try list.object { object in
            try object.field("place", leaf.place)
            try object.field("text", utf8: leaf.text.reveal())
            try object.array("proof") { proof in
              for digest in leaf.proof { try proof.value(hexadecimal(digest)) }
            }
          }
        }
      }
    }
    return writer.bytes + [0x0A]
  }

  /// Reads a disclosure's file.
  ///
  /// - Throws: ``CoalmineError`` with code `disclosure-unreadable`.
  public init(file bytes: [UInt8], named name: String) throws(CoalmineError) {
    func leaf(_ node: JSONNode) -> Leaf? {
      guard node.holdsKeysOnce, let place = node["place"]?.int.flatMap({ Int(exactly: $0) }),
        place >= 0,
        let text = node["text"]?.stringBytes, let proof = node["proof"]?.elements
      else { return nil }
      let digests = proof.compactMap { $0.string.flatMap(Self.bytes) }
      return digests.count == proof.count
        ? Leaf(place: place, text: Secret(text), proof: digests) : nil
    }
    guard let root = try? JSONDocument(parsing: bytes).root, root.holdsKeysOnce,
      root["schema"]?.string == Self.schema, let commitment = root["commitment_sha256"]?.string,
      let listed = root["leaves"]?.elements,
      case let leaves = listed.compactMap(leaf), leaves.count == listed.count
    else {
      throw CoalmineError(
        code: "disclosure-unreadable", "'\(name)' is no disclosure of coalmine",
        details: ["a disclosure is JSON with the schema '\(Self.schema)'"],
        help: "'coalmine disclose' writes one", exit: .badData)
    }
    self.init(commitment: commitment, leaves: leaves)
  }

  /// What is wrong with it under a commitment; empty where every leaf is proven.
  ///
  /// - Parameter file: the commitment's file as it was received.
  /// - Complexity: O(bytes).
  public func problems(under commitment: Commitment, file: [UInt8]) -> [String] {
    var problems: [String] = []
    if self.commitment != hexadecimal(sha256(file)) {
      problems.append("it was made for another commitment: \(terminalSafe(self.commitment))")
    }
    var seen: Set<Int> = []
    var names: Set<ArraySlice<UInt8>> = []
    for leaf in leaves {
      if !seen.insert(leaf.place).inserted { problems.append("leaf \(leaf.place) is there twice") }
      let root = MerkleTree.root(
        of: leaf.text.reveal(), at: leaf.place, of: commitment.leaves, by: leaf.proof)
      if root.map(hexadecimal) != commitment.root {
        problems.append("leaf \(leaf.place) is not in the commitment")
      } else if let problem = leaf.problem(in: commitment.study, &names) {
        problems.append("leaf \(leaf.place) \(problem)")
      }
    }
    return problems
  }

  private static func bytes(_ hexadecimal: String) -> [UInt8]? {
    let text = Array(hexadecimal.utf8)
    guard text.count == 64 else { return nil }
    let bytes = (0..<32).compactMap { place -> UInt8? in
      ASCIIDigits.value(text, 2 * place, 2).map { UInt8($0) }
    }
    return bytes.count == 32 ? bytes : nil
  }
}

extension Disclosure.Leaf {
  /// What is wrong with the text of a leaf that is proven; `nil` where nothing is.
  ///
  /// - Parameter names: of the canaries before it.
  fileprivate func problem(in study: String, _ names: inout Set<ArraySlice<UInt8>>) -> String? {
    let lines = text.reveal().split(separator: 0x0A)
    guard
      lines.first.map({
        $0.elementsEqual("coalmine canary 1".utf8)
          || $0.elementsEqual("coalmine in-context-control 1".utf8)
      }) == true
    else { return "is neither a canary nor a control" }
    let keys = lines.dropFirst().map { Array($0.prefix { $0 != 0x20 }) }
    guard Set(keys).count == keys.count else { return "says something twice" }
    guard lines.contains(where: { $0.elementsEqual("study \(study)".utf8) }) else {
      return "is of another study"
    }
    if let name = lines.first(where: { $0.starts(with: "id ".utf8) }) {
      guard names.insert(name).inserted else { return "has the name of another leaf" }
    }
    return nil
  }
}

extension JSONNode {
  /// Whether no key of an object stands in it twice: else two readers could read two things.
  var holdsKeysOnce: Bool {
    guard let keys = members?.map(\.key) else { return false }
    return Set(keys).count == keys.count
  }
}
