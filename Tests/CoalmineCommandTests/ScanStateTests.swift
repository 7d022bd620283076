// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

@Suite struct `scan with a state` {
  private static func append(_ text: String, to path: String) throws {
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    defer { try? file.close() }
    try file.seekToEnd()
    try file.write(contentsOf: Data(text.utf8))
  }

  private static func ids(_ outcome: CoalmineProgram.Outcome) throws -> [String] {
    try ScanLog.lines(outcome.text, "hit").compactMap { $0["id"] as? String }
  }

  @Test(arguments: [[], ["--field", "m"]])
  func `goes on where it ended, in a log that grows`(_ options: [String]) async throws {
    let log = try await ScanLog()
    let secret = log.secrets[0].text
    let record = "{\"m\": \"\(secret)\"}\n"
    let path = try log.small.folder.write("\(record)\(record.prefix(12))", to: "service.log")
    let state = log.small.folder.file("state")
    let command = ["scan", path, "--study", log.small.study, "--state", state] + options
    let first = try await CoalmineProgram.started(command).outcome()
    #expect(first.code == 1, "\(first.notes)")
    let again = try await CoalmineProgram.started(command).outcome()
    #expect(again.code == 0 && (try Self.ids(again)).isEmpty, "\(again.text)")
    try Self.append(record.dropFirst(12) + record, to: path)
    let last = try await CoalmineProgram.started(command).outcome()
    #expect(last.code == 1, "\(last.notes)")
    let whole = try await CoalmineProgram.started(
      ["scan", path, "--study", log.small.study] + options
    ).outcome()
    #expect(try Self.ids(first) + Self.ids(last) == Self.ids(whole))
    #expect(try Self.ids(whole).count == 3)
    if !options.isEmpty {
      #expect(first.notes.contains("wait for the next scan"))
      let numbers = try ScanLog.lines(last.text, "hit").compactMap { $0["line"] as? Int }
      #expect(numbers == [2, 3])
    }
    let saved = try log.small.folder.read("state")
    #expect(!String(decoding: saved, as: UTF8.self).contains(secret))
    let attributes = try FileManager.default.attributesOfItem(atPath: state)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test(arguments: ["renamed", "copied", "gone"])
  func `reads what a rotated log held, and tells what it cannot find`(_ how: String) async throws {
    let log = try await ScanLog()
    let (one, other) = (log.secrets[0].text, log.secrets[1].text)
    let path = try log.small.folder.write("first \(one)\n", to: "service.log")
    let command = [
      "scan", path, "--study", log.small.study, "--state",
      log.small.folder.file("service.log.state"),
    ]
    let first = try await CoalmineProgram.started(command).outcome()
    #expect(try Self.ids(first).count == 1)
    try Self.append("late \(other)\n", to: path)
    let files = FileManager.default
    switch how {
    case "renamed":
      try files.moveItem(atPath: path, toPath: path + ".1")
      try log.small.folder.write("first \(one)\n", to: "service.log")
    case "copied":
      try files.copyItem(atPath: path, toPath: path + ".1")
      try Self.append("", to: path)
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      try file.truncate(atOffset: 0)
      try file.write(contentsOf: Data("new \(one)\n".utf8))
      try file.close()
    default:
      try files.removeItem(atPath: path)
      try log.small.folder.write("new \(one)\n", to: "service.log")
    }
    let next = try await CoalmineProgram.started(command).outcome()
    let canaries = try ScanLog.lines(next.text, "hit").compactMap { $0["canary"] as? String }
    let expected = how == "gone" ? [log.secrets[0]] : [log.secrets[1], log.secrets[0]]
    #expect(canaries == expected.map(\.canary), "\(how): \(next.notes)")
    #expect(next.notes.contains("it was not searched") == (how == "gone"), "\(next.notes)")
    // The same text at the same place of the new file is another hit.
    #expect(Set(try Self.ids(first) + Self.ids(next)).count == 1 + expected.count)
    let again = try await CoalmineProgram.started(command).outcome()
    #expect(again.code == 0, "\(again.text)")
  }

  @Test func `refuses a file that is not its own, and another scan's state`() async throws {
    let log = try await ScanLog()
    let path = try log.small.folder.write("a log\n", to: "a.log")
    let foreign = try log.small.folder.write("a letter\n", to: "letter.txt")
    let refused = try await log.scan("a.log", "--state", foreign)
    #expect(refused.code == 65 && refused.notes.contains("[scan-state-unreadable]"))
    #expect(try log.small.folder.read("letter.txt") == Array("a letter\n".utf8))
    let state = log.small.folder.file("state")
    #expect(try await log.scan("a.log", "--state", state).code == 0)
    let fields = try await log.scan("a.log", "--state", state, "--field", "x")
    #expect(fields.code == 65 && fields.notes.contains("[scan-state-other]"))
    let study = try await log.scan("a.log", "--state", log.small.study)
    #expect(study.code != 0 && study.code != 1, "\(study.notes)")
    let input = try await log.scan("a.log", "--state", path)
    #expect(input.code == 65, "\(input.notes)")
    let pipe = try await CoalmineProgram.run(
      "scan", "/dev/null", "--study", log.small.study, "--state", log.small.folder.file("null"))
    #expect(pipe.code == 78 && pipe.notes.contains("[scan-state-needs-files]"), "\(pipe.notes)")
  }

  @Test func `misses and doubles no hit when it is killed again and again`() async throws {
    let log = try await ScanLog()
    var random = SplitMix(33)
    let folder = log.small.folder
    let path = try folder.write("", to: "service.log")
    let command = ["scan", path, "--study", log.small.study, "--state", folder.file("state")]
    var planted: [String: Int] = [:]
    var seen: [String: String] = [:]
    func read(_ outcome: CoalmineProgram.Outcome) throws {
      // The last line of a killed program may not be whole.
      for line in outcome.text.split(separator: "\n") where line.hasSuffix("}") {
        guard
          let hit = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
          hit["type"] as? String == "hit", let id = hit["id"] as? String
        else { continue }
        let place = "\(hit["canary"] ?? "")"
        #expect(seen[id] ?? place == place, "one id for two hits")
        seen[id] = place
      }
    }
    var kills = 0
    var rotations = 0
    let wanted = isDeep ? 100 : 8
    while kills < wanted {
      var text = ""
      for _ in 0..<40 {
        let secret = log.secrets[Int.random(in: 0..<log.secrets.count, using: &random)]
        planted[secret.canary, default: 0] += 1
        text +=
          "\(random.next()) " + String(repeating: "noise and more noise. ", count: 2_000)
          + secret.text + "\n"
      }
      // The file ends in the middle of a secret for a while.
      let half = text.index(text.endIndex, offsetBy: -10)
      for piece in [text[..<half], text[half...]] {
        try Self.append(String(piece), to: path)
        let running = try CoalmineProgram.started(command)
        usleep(UInt32.random(in: 1_000...60_000, using: &random))
        running.signal(SIGKILL)
        let outcome = try await running.outcome()
        kills += outcome.code == -SIGKILL ? 1 : 0
        try read(outcome)
      }
      if Int.random(in: 0..<4, using: &random) == 0 {
        // Whoever scans between two rotations loses nothing; what came after the scan is found in
        // the renamed file.
        try read(try await CoalmineProgram.started(command).outcome())
        let secret = log.secrets[0]
        planted[secret.canary, default: 0] += 1
        try Self.append("late \(secret.text)\n", to: path)
        try? FileManager.default.removeItem(atPath: path + ".1")
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        try folder.write("", to: "service.log")
        rotations += 1
      }
    }
    let last = try await CoalmineProgram.started(command).outcome()
    try read(last)
    let found = Dictionary(grouping: seen.values) { $0 }.mapValues(\.count)
    #expect(found == planted, "\(kills) kills, \(rotations) rotations, \(last.notes)")
    #expect(!isDeep || rotations > 0)
  }
}
