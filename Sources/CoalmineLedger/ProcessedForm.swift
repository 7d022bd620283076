// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What files that were trained on hold of a study, as the JSON of one fact of the study.
enum ProcessedForm {
  static func bytes(_ findings: ProcessedFindings) throws -> [UInt8] {
    var writer = JSONWriter(pretty: false)
    try writer.object { try findings.write(to: &$0, withConclusions: false) }
    return writer.bytes
  }

  /// - Returns: `nil` for what ``bytes(_:)`` does not write.
  static func findings(_ bytes: [UInt8]) -> ProcessedFindings? {
    guard let root = try? JSONDocument(parsing: bytes).root, let records = count(root["records"]),
      let nonmembers = count(root["nonmembers"]), let members = count(root["members"]),
      let foundNonmembers = count(root["nonmembers_found"]),
      let foundMembers = count(root["members_found"]),
      let files = all(root["files"]?.elements, file),
      let canaries = all(root["canaries"]?.elements, canary)
    else { return nil }
    return ProcessedFindings(
      files: files, records: records, canaries: canaries, nonmembers: nonmembers,
      foundNonmembers: foundNonmembers, members: members, foundMembers: foundMembers)
  }

  private static func file(_ node: JSONNode) -> ProcessedFindings.File? {
    guard let name = node["name"]?.string, let digest = node["sha256"]?.string,
      digest.utf8.count == 64
    else { return nil }
    return ProcessedFindings.File(name: name, digest: digest)
  }

  private static func canary(_ node: JSONNode) -> ProcessedFindings.Presence? {
    guard let id = node["id"]?.string,
      let role = node["role"]?.string.flatMap(Role.init(rawValue:)),
      let planned = count(node["planned"]), let intact = count(node["intact"]),
      let changed = count(node["changed"]),
      // Only of canaries whose copies have placeholders.
      node["revealed"] == nil || count(node["revealed"]) != nil
    else { return nil }
    return ProcessedFindings.Presence(
      canary: id, role: role, planned: planned, intact: intact, changed: changed,
      revealed: count(node["revealed"]))
  }

  private static func count(_ node: JSONNode?) -> Int? {
    node?.int.flatMap { $0 >= 0 ? Int($0) : nil }
  }

  /// Every element read; `nil` where one cannot be.
  private static func all<Value>(
    _ nodes: [JSONNode]?, _ read: (JSONNode) -> Value?
  ) -> [Value]? {
    guard let nodes else { return nil }
    let values = nodes.compactMap(read)
    return values.count == nodes.count ? values : nil
  }
}
