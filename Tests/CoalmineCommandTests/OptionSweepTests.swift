// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// An option that a message, a help text or a page names exists for the verb that it is named for.
@Suite struct `Sweep of options` {
  /// The verbs that can print the texts of a file, by the longest path that begins it.
  private enum Printed {
    /// An option must exist in each of these.
    case by([String])
    /// Texts that are read apart from any command: the option must exist in some verb.
    case anywhere
  }

  private static let withStudy = [
    "preflight", "seed", "import", "unseed", "verify", "trained", "check", "probe", "score",
    "report", "scan", "commit", "disclose",
  ]

  private static let printed: [String: Printed] = [
    "CoalmineCatalogue/": .by(["plan", "preflight", "seed", "import", "list"]),
    "CoalmineCommand/Demo/": .by(["demo"]),
    "CoalmineCommand/Program.swift": .by(["demo"]),
    "CoalmineCommand/Terminal/": .by(["check", "probe", "score", "report"]),
    "CoalmineCommand/Terminal/UsageText.swift": .by(["check", "probe"]),
    "CoalmineCommand/Verbs/CheckCommand.swift": .by(["check"]),
    "CoalmineCommand/Verbs/CommitmentCommands.swift": .by(["disclose"]),
    "CoalmineCommand/Verbs/CompareCommand.swift": .by(["compare"]),
    "CoalmineCommand/Verbs/CorpusCommands.swift": .by(["unseed", "verify"]),
    "CoalmineCommand/Verbs/CostOptions.swift": .by(["check", "probe"]),
    "CoalmineCommand/Verbs/EndpointOptions.swift": .by(["check", "probe", "monitor"]),
    "CoalmineCommand/Verbs/EstimateText.swift": .by(["probe"]),
    "CoalmineCommand/Verbs/Explain.swift": .by(["explain"]),
    "CoalmineCommand/Verbs/FieldOptions.swift": .by(["plan", "preflight", "seed", "serve"]),
    "CoalmineCommand/Verbs/Import.swift": .by(["import"]),
    "CoalmineCommand/Verbs/Index.swift": .by(["index", "plan"]),
    "CoalmineCommand/Verbs/KeyFile.swift": .by(["check", "probe", "monitor"]),
    "CoalmineCommand/Verbs/List.swift": .by(["list"]),
    "CoalmineCommand/Verbs/HistoryCommand.swift": .by(["history"]),
    "CoalmineCommand/Verbs/MonitorCommand.swift": .by(["monitor"]),
    "CoalmineCommand/Verbs/LocalCommandOptions.swift": .by(["check", "probe"]),
    "CoalmineCommand/Verbs/NamedEndpointOptions.swift": .by(["check", "probe"]),
    "CoalmineCommand/Verbs/Plan.swift": .by(["plan"]),
    "CoalmineCommand/Verbs/PreflightCommand.swift": .by(["preflight"]),
    "CoalmineCommand/Verbs/ProbeCommand.swift": .by(["probe"]),
    "CoalmineCommand/Verbs/RetireCommand.swift": .by(["retire"]),
    "CoalmineCommand/Verbs/ScanCommand.swift": .by(["scan"]),
    "CoalmineCommand/Verbs/ScoreCommands.swift": .by(["report"]),
    "CoalmineCommand/Verbs/Seed.swift": .by(["seed"]),
    "CoalmineCommand/Verbs/ShardCommands.swift": .by(["seed"]),
    "CoalmineCommand/Verbs/StatusCommand.swift": .by(["status"]),
    "CoalmineCommand/Verbs/Serve.swift": .by(["serve"]),
    "CoalmineCommand/Verbs/Trained.swift": .by(["trained"]),
    "CoalmineCommand/Verbs/TrainingText.swift": .by(["serve"]),
    "CoalmineCommand/Verbs/Verify.swift": .by(["verify"]),
    "CoalmineCore/": .by(withStudy),
    "CoalmineCore/Files/": .by(["plan", "seed", "unseed", "report"]),
    "CoalmineEndpoints/": .by(["check", "probe"]),
    "CoalmineEndpoints/Jobs/": .by(["probe"]),
    "CoalmineLedger/": .by(withStudy),
    "CoalmineProbing/": .by(["check", "probe"]),
    "CoalmineProbing/BaseFirst.swift": .by(["probe"]),
    "CoalmineProbing/Driving/JobProvider.swift": .by(["probe"]),
    "CoalmineProbing/Spending/": .by(["probe"]),
    "CoalmineReporting/": .by(["report", "score"]),
    "CoalmineReporting/ReportProse.swift": .by(["report"]),
    "CoalmineReporting/Explanations/": .anywhere,
    "CoalmineScoring/": .by(["score", "report"]),
    "CoalmineSeeding/": .by(["seed"]),
    "CoalmineCommand/Verbs/OutputPlaces.swift": .by(["seed", "unseed"]),
    "CoalmineSeeding/Corpus/CorpusFormat.swift": .by(["plan", "preflight", "seed", "serve"]),
    "CoalmineSeeding/Codecs/": .by(["plan", "preflight", "seed", "serve"]),
    "CoalmineSeeding/Corpus/SourceCode.swift": .by(["plan", "preflight", "seed", "serve"]),
    "CoalmineSeeding/Preflight/": .by(["preflight"]),
    "CoalmineSeeding/Records/": .by(["plan", "preflight", "seed", "serve"]),
    "CoalmineSeeding/Undoing/": .by(["unseed", "verify"]),
    "CoalmineServing/": .by(["serve"]),
    "CoalmineStudy/": .by(["seed", "import"]),
    "CoalmineStudy/IndexVerb.swift": .by(["index", "plan"]),
    "CoalmineStudy/Preflight/": .by(["preflight"]),
    "CoalmineStudy/History/": .by(["history"]),
    "CoalmineStudy/Monitoring/": .by(["monitor"]),
    "CoalmineStudy/Sharding/": .by(["seed"]),
    "CoalmineStudy/Status/": .by(["probe"]),
    "CoalmineStudy/Status/ShardStatus.swift": .by(["status"]),
    "CoalmineStudy/TemplateLanguages.swift": .by(["preflight", "seed"]),
    "CoalmineStudy/Commitment/": .by(["commit", "disclose"]),
    "CoalmineStudy/Comparing/": .by(["compare"]),
    "CoalmineStudy/CorpusPaths.swift": .by(["plan", "preflight", "seed"]),
    "CoalmineStudy/CorpusVerbs.swift": .by(["unseed", "verify", "trained"]),
    "CoalmineStudy/ScoreVerb.swift": .by(["score", "report"]),
    "CoalmineStudy/Scanning/": .by(["scan"]),
    "CoalmineStudy/Retiring/": .by(["retire"]),
    "CoalmineStudy/Planning/": .by(["plan", "preflight", "seed"]),
  ]

  /// Options of other programs, with the program.
  private static let foreign = [
    "--cache-ram": "llama.cpp's server", "--logprobs-mode": "vLLM",
    "--no-enable-prefix-caching": "vLLM", "--filter": "swift",
    "--enable-prefill-logprobs": "Text Generation Inference",
    "--folder": "EmbedTool", "--product": "swift", "--no-parallel": "swift",
    "--tag": "podman", "--generate-completion-script": "swift-argument-parser",
    "--recursive": "swift", "--strict": "swift", "--quiet": "pip",
    "--explicit-target-dependency-import-check": "swift",
    "--headless": "chromium", "--no-pdf-header-footer": "chromium", "--print-to-pdf": "chromium",
    "--no-sandbox": "chromium", "--sha256": "Examples/commitment/verify.py",
    "--rounds": "Benchmarks/asking/run.py", "--gigabytes": "Benchmarks/seeding/run.py",
    "--megabytes": "Benchmarks/scan/run.py", "--references": "Benchmarks/report/large.py",
    "--rate": "Benchmarks/tiny-model/tune.py", "--arms": "Benchmarks/tiny-model/audit.py",
  ]

  private static func sources() throws -> [(path: String, literals: SwiftLiterals)] {
    try Repository.files(below: "Sources", ending: ".swift")
      .filter { !$0.hasPrefix("EmbedTool/") }
      .map { ($0, SwiftLiterals(try Repository.text("Sources/" + $0))) }
  }

  private static func printed(_ path: String) -> Printed? {
    printed.filter { path.hasPrefix($0.key) }.max { $0.key.count < $1.key.count }?.value
  }

  @Test func `every option of a message exists in every verb that can print it`() async throws {
    let options = try await VerbOptions()
    func exists(_ option: String, _ verb: String) -> Bool {
      options.byVerb[verb]?.contains(option) == true
    }
    var seen = 0
    for (path, literals) in try Self.sources() {
      for text in literals.texts {
        for (option, verb) in options.mentions(in: text) {
          seen += 1
          if let verb {
            #expect(exists(option, verb), "\(path): '\(verb)' has no \(option): \(text)")
            continue
          }
          switch Self.printed(path) {
          case .by(let verbs):
            for verb in verbs {
              #expect(exists(option, verb), "\(path): '\(verb)' has no \(option): \(text)")
            }
          case .anywhere: #expect(options.all.contains(option), "\(path): \(option): \(text)")
          case nil: Issue.record("\(path) names \(option), and no verb is known for it")
          }
        }
      }
    }
    #expect(seen > 50)
  }

  @Test func `every option of a comment exists in some verb`() async throws {
    let options = try await VerbOptions()
    let known = options.all.union(Self.foreign.keys)
    for (path, literals) in try Self.sources() {
      for comment in literals.comments {
        for (option, _) in options.mentions(in: comment) {
          #expect(known.contains(option), "\(path): \(option)")
        }
      }
    }
  }

  @Test func `every option of a page exists for the verb that it stands behind`() async throws {
    let options = try await VerbOptions()
    let pages = Repository.files(below: "", ending: ".md")
    #expect(pages.contains("README.md"))
    for page in pages {
      let text = try Repository.text(page)
      for (verb, code) in Self.commands(of: text, verbs: options.verbs) {
        for (option, named) in options.mentions(in: code) {
          guard Self.foreign[option] == nil else { continue }
          if let verb = named ?? verb {
            #expect(options.byVerb[verb]?.contains(option) == true, "\(page): \(code)")
          } else {
            #expect(options.all.contains(option), "\(page): \(option): \(code)")
          }
        }
      }
    }
  }

  /// Lines of code blocks and code spans, with the verb that they begin with.
  private static func commands(of page: String, verbs: Set<String>) -> [(String?, String)] {
    var found: [(String?, String)] = []
    for (number, part) in page.components(separatedBy: "```").enumerated() {
      let codes =
        number % 2 == 1
        ? part.split(separator: "\n").map(String.init)
        : part.matches(of: /`([^`]+)`/).map { String($0.output.1) }
      for code in codes {
        let words = code.split(whereSeparator: \.isWhitespace).map(String.init)
        found.append((words.first.flatMap { verbs.contains($0) ? $0 : nil }, code))
      }
    }
    return found
  }

  @Test func `the table of files names folders and files that are there`() throws {
    let paths = try Self.sources().map(\.path)
    for key in Self.printed.keys {
      #expect(paths.contains { $0.hasPrefix(key) }, "\(key)")
    }
  }

  @Test func `literals are read with their joints, interpolations and raw forms`() {
    let literals = SwiftLiterals(
      ##"""
      // a --comment
      throw E("one " + "two \(list("inner --x") + 1) three"
        + " four", help: "five \"six\" \\")
      let raw = #"seven "eight" \#(nine)"#
      """##)
    #expect(literals.comments == [" a --comment"])
    #expect(
      literals.texts == [
        "inner --x", "one two … three four", #"five "six" \"#, #"seven "eight" …"#,
      ])
  }
}
