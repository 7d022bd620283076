// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// Studies that older versions wrote; they lie with the tests, with the results of their day.
@Suite struct `A ledger of an older version` {
  private static func put(_ version: Int) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(
      at: studies.appendingPathComponent("schema-\(version).ledger"), to: folder.url("s.coalmine"))
    return folder
  }

  private static let studies = Repository.url("Tests/Fixtures/studies")

  /// Every number of a result, and what it is a number of, by its path; words may be better today.
  private static func numbers(_ json: Any?, _ path: String = "") -> [String: String] {
    switch json {
    case let object as [String: Any]:
      object.reduce(into: [:]) { all, member in
        all.merge(numbers(member.value, "\(path)/\(member.key)")) { $1 }
      }
    case let list as [Any]:
      // Sentences, and the caveat about digests, are of today.
      path.hasSuffix("/caveats") || path.hasSuffix("/findings") || path.hasSuffix("/not_measured")
        ? [:]
        : list.enumerated().reduce(into: [:]) { all, element in
          all.merge(numbers(element.element, "\(path)/\(element.offset)")) { $1 }
        }
    case let number as NSNumber: [path: "\(number)"]
    case let text as String
    where ["verdict", "status", "state", "method", "role", "id"]
      .contains(path.split(separator: "/").last.map(String.init)):
      [path: text]
    default: [:]
    }
  }

  /// Where a number of an earlier report stands now: the coin is the last of four tests, and decides
  /// alone in these studies.
  private static let moved = [
    "/primary_test/p_value": "/decision/components/3/p_value",
    "/primary_test/statistic": "/decision/components/3/statistic/auc",
    "/primary_test/exact": "/decision/components/3/statistic/exact",
    "/primary_test/status": "/decision/components/3/status",
    "/primary_test/alpha": "/decision/components/3/level",
    "/primary_test/inserted": "/decision/inserted",
    "/primary_test/held_out": "/decision/held_out",
    "/mass_evidence/p_value": "/decision/components/1/p_value",
    "/mass_evidence/status": "/decision/components/1/status",
    "/controls/in_context": "/checks/in_context",
  ]

  /// What no report has any more: the control by signs, the power by a formula, how many relabellings
  /// a count takes, and the mean of mass as itself.
  private static let gone = [
    "/controls/high_repetition", "/primary_test/detectable_auc", "/primary_test/relabellings",
    "/mass_evidence/mean_e_value", "/mass_evidence/canaries",
  ]

  @Test(arguments: [1, 2, 3])
  func `is scored as it was, with a caveat where it has no digests, and is not written to`(
    _ version: Int
  ) async throws {
    let folder = try Self.put(version)
    let study = folder.file("s.coalmine")
    let before = try folder.read("s.coalmine")
    let score = try await CoalmineProgram.run("score", "--study", study, "--json")
    #expect(score.code == 4, "\(score.notes)")
    let result = try #require(score.json["result"] as? [String: Any])
    let slugs = (result["caveats"] as? [[String: Any]])?.compactMap { $0["slug"] as? String }
    // Version 3 has digests.
    #expect(slugs?.contains("not-sealed") == (version < 3))
    let then = try jsonObject(
      Data(contentsOf: Self.studies.appendingPathComponent("schema-\(version).result.json")))
    let numbersThen = Self.numbers(then)
    let now = Self.numbers(result)
    #expect(numbersThen.count > 300)
    var compared = 0
    for (path, value) in numbersThen where !Self.gone.contains(where: path.hasPrefix) {
      let place = Self.moved.first { path.hasPrefix($0.key) }.map {
        $0.value + path.dropFirst($0.key.count)
      }
      #expect(now[place ?? path] == value, "\(path)")
      compared += 1
    }
    #expect(compared > 300)
    let verify = try await CoalmineProgram.run("verify", "--study", study)
    #expect(verify.code == 0, "\(verify.notes)\(verify.text)")
    #expect(verify.text.contains("without digests") == (version < 3))
    for arguments in [
      ["trained", "--study", study, "--model", "m", "--epochs", "1"],
      ["score", "--reread", "--study", study],
    ] where arguments[0] == "trained" {
      let refused = try await CoalmineProgram.started(arguments).outcome()
      #expect(refused.code == 65, "\(refused.notes)")
      #expect(refused.notes.contains("--upgrade"), "\(refused.notes)")
    }
    #expect(try folder.read("s.coalmine") == before)
    #expect(folder.names == ["s.coalmine"])
  }

  @Test(arguments: [1, 2, 3])
  func `is upgraded into a new file, which goes on and keeps the caveat if there is one`(
    _ version: Int
  ) async throws {
    let folder = try Self.put(version)
    let new = folder.file("new.coalmine")
    let upgrade = try await CoalmineProgram.run(
      "verify", "--study", folder.file("s.coalmine"), "--upgrade", new)
    #expect(upgrade.code == 0, "\(upgrade.notes)")
    #expect(upgrade.text.contains("run 1 was made by an earlier version"), "\(upgrade.text)")
    let old = try await CoalmineProgram.run(
      "score", "--study", folder.file("s.coalmine"), "--json")
    let now = try await CoalmineProgram.run("score", "--study", new, "--json")
    #expect(Self.numbers(old.json["result"]) == Self.numbers(now.json["result"]))
    #expect(now.text.contains("not-sealed") == (version < 3))
    let verify = try await CoalmineProgram.run("verify", "--study", new)
    #expect(verify.code == 0, "\(verify.text)")
    let trained = try await CoalmineProgram.run(
      "trained", "--study", new, "--model", "m", "--epochs", "1")
    #expect(trained.code == 0, "\(trained.notes)")
    #expect(folder.names == ["new.coalmine", "s.coalmine"])
  }

  @Test func `whose checks kept nothing by which a model is known is upgraded and still verified`()
    async throws
  {
    let folder = try Self.put(4)
    let (old, new) = (folder.file("s.coalmine"), folder.file("new.coalmine"))
    #expect(try await CoalmineProgram.run("verify", "--study", old).code == 0)
    let upgrade = try await CoalmineProgram.run("verify", "--study", old, "--upgrade", new)
    #expect(upgrade.code == 0, "\(upgrade.notes)")
    let verify = try await CoalmineProgram.run("verify", "--study", new)
    #expect(verify.code == 0, "\(verify.text)")
    for run in ["1", "2"] {
      let then = try await CoalmineProgram.run("score", "--study", old, "--run", run, "--json")
      let now = try await CoalmineProgram.run("score", "--study", new, "--run", run, "--json")
      #expect(Self.numbers(then.json["result"]) == Self.numbers(now.json["result"]))
    }
  }

  @Test func `that was changed is still found by reading its replies again`() async throws {
    let folder = try Self.put(2)
    let study = folder.file("s.coalmine")
    let edit = try await CoalmineProgram.shell(
      """
      python3 -c "import sqlite3; c = sqlite3.connect('\(study)'); \
      c.execute(\\"UPDATE observation SET body = (SELECT body FROM observation o WHERE o.probe = \
      'sequence-likelihood' AND o.subject LIKE 'reference:%' LIMIT 1) \
      WHERE probe = 'sequence-likelihood' AND subject LIKE 'canary:%'\\"); c.commit()"
      """)
    #expect(edit.code == 0, "\(edit.notes)")
    let verify = try await CoalmineProgram.run("verify", "--study", study)
    #expect(verify.code == 5, "\(verify.text)")
    #expect(verify.text.contains("is not what the stored reply says"))
    let upgrade = try await CoalmineProgram.run(
      "verify", "--study", study, "--upgrade", folder.file("new.coalmine"))
    #expect(upgrade.code == 5)
    #expect(folder.names == ["s.coalmine"])
  }

  @Test func `with digests that was changed is found by them`() async throws {
    let folder = try Self.put(3)
    let study = folder.file("s.coalmine")
    let edit = try await CoalmineProgram.shell(
      """
      python3 -c "import sqlite3; c = sqlite3.connect('\(study)'); \
      c.execute(\\"UPDATE canary SET dose = 2 WHERE role = 'inserted'\\"); c.commit()"
      """)
    #expect(edit.code == 0, "\(edit.notes)")
    let verify = try await CoalmineProgram.run("verify", "--study", study)
    #expect(verify.code == 5, "\(verify.text)")
    #expect(verify.text.contains("is not what was stored"))
    for arguments in [
      ["score", "--study", study],
      ["verify", "--study", study, "--upgrade", folder.file("new.coalmine")],
    ] {
      let refused = try await CoalmineProgram.started(arguments).outcome()
      #expect(refused.code == (arguments[0] == "score" ? 65 : 5), "\(refused.notes)")
    }
    #expect(folder.names == ["s.coalmine"])
  }
}
