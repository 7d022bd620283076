// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineSeeding
import CoalmineTesting
import Foundation
import Testing

/// Generated corpora through the steps of pipelines, which a Python program takes and counts by itself.
@Suite struct `Generated corpora through pipelines` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private static let corpora: UInt64 = isDeep ? 2_000 : 200
  private static let forms = ["text", "pair", "chat", "plain"]

  /// What Python found of one step.
  private struct Step: Decodable {
    let files: [String]
    /// Copies of each canary, in the order of the study.
    let counts: [Int]
  }

  private struct Study {
    let shape: RecordShape
    let canaries: [Canary]
    let records: [CorpusRecord]
  }

  private func corpus(_ form: String, _ chance: inout SplitMix) -> [UInt8] {
    let ending = chance.next() % 3 == 0 ? "\r\n" : "\n"
    let words = ["naïve", "名前", "a \\\"word\\\"", "tab\\t", "42", "Dear Sir", "x/y", "\\u00e9"]
    func text(_ number: Int) -> String {
      var text = "\(number)"
      for _ in 0..<Int(chance.next() % 6) {
        text += " " + words[Int(chance.next() % UInt64(words.count))]
      }
      return form == "plain" ? text.filter { $0 != "\\" } : text
    }
    var lines = (0..<30 + Int(chance.next() % 40)).map { number in
      let extra = chance.next() % 3 == 0 ? #""id": \#(number), "# : ""
      return switch form {
      case "text": #"{\#(extra)"text": "\#(text(number))"}"#
      case "pair": #"{\#(extra)"prompt": "\#(text(number))", "completion": " \#(text(number))"}"#
      case "chat":
        #"{\#(extra)"messages": [{"role": "user", "content": "\#(text(number))"}, "#
          + #"{"role": "assistant", "content": "\#(text(number))"}]}"#
      default: "line " + text(number)
      }
    }
    if chance.next() % 3 == 0 { lines.append(lines[3]) }
    return Array((lines.joined(separator: ending) + (chance.next() % 4 == 0 ? "" : ending)).utf8)
  }

  /// Seeds a corpus, and takes the canaries out again.
  private func study(_ number: UInt64) throws -> Study {
    var chance = SplitMix(number)
    let form = Self.forms[Int(number % 4)]
    let bytes = corpus(form, &chance)
    let ending = form == "plain" ? "txt" : "jsonl"
    let path = try folder.write(bytes, to: "\(number)/original.\(ending)")
    let randomness = StudyRandomness(number: number)
    var options = CorpusSurvey.Options()
    options.holdOut = .upTo(100)
    let survey = try CorpusSurvey(path: path, options: options, randomness: randomness)
    let drawn = try SeedingFixtures.draw(number).canaries
    let canaries =
      survey.completionSeparator.map { separator in drawn.map { $0.joined(by: separator) } }
      ?? drawn
    let seeded = folder.file("\(number)/seeded.\(ending)")
    let seeding = try Seeder(
      survey: survey, canaries: canaries, randomness: randomness,
      remarks: number % 8 < 4 ? nil : CopyRemarks(randomness, canaries: canaries)
    ).write(to: seeded, overwrite: true)
    let restored = try Outputs(reading: [seeded]).open(
      folder.file("\(number)/restored"), existing: .keep)
    try Unseeder(manifest: seeding.manifest).write(from: seeded, to: restored)
    try restored.commit()
    #expect(try sha256(folder.read("\(number)/restored")) == sha256(bytes), "corpus \(number)")
    let listed = canaries.map {
      [hexadecimal($0.prefix), hexadecimal($0.secret.reveal())]
    }
    try folder.write(
      try JSONSerialization.data(withJSONObject: listed), to: "\(number)/canaries.json")
    return Study(shape: survey.shape, canaries: canaries, records: seeding.records)
  }

  /// Takes every step with every corpus, and counts copies record by record.
  private static let program = #"""
    import gzip, json, os, random, sys

    def strings(value):
        if isinstance(value, str): yield value
        elif isinstance(value, list):
            for one in value: yield from strings(one)
        elif isinstance(value, dict):
            for one in value.values(): yield from strings(one)

    def counts(lines, canaries, plain):
        found = [0] * len(canaries)
        for line in lines:
            texts = [line] if plain else list(strings(json.loads(line)))
            for number, (prompt, secret) in enumerate(canaries):
                if any(prompt in text for text in texts) and any(secret in text for text in texts):
                    found[number] += 1
        return found

    root, out = sys.argv[1], {}
    for name in sorted(os.listdir(root)):
        if not name.isdigit(): continue
        place = os.path.join(root, name)
        chance = random.Random(int(name))
        ending = "txt" if os.path.exists(place + "/seeded.txt") else "jsonl"
        plain = ending == "txt"
        canaries = [[bytes.fromhex(text).decode() for text in pair]
                    for pair in json.load(open(place + "/canaries.json"))]
        def read(kind):
            data = open(f"{place}/{kind}.{ending}", "rb").read().decode()
            return [line.rstrip("\r") for line in data.split("\n") if line.strip()]
        lines = read("seeded")
        shuffled = chance.sample(lines, len(lines))
        cut = len(lines) * 9 // 10
        kept = [line for line in lines if chance.random() > 0.1]
        steps = {
            "shuffle": [("a." + ending, shuffled, "\n")],
            "sort-u": [("b." + ending, sorted(set(lines)), "\n")],
            "split": [("c1." + ending, shuffled[:cut], "\n"), ("c2." + ending, shuffled[cut:], "\n")],
            "crlf": [("d." + ending, lines, "\r\n")],
            "gz": [("e." + ending + ".gz", lines, "\n")],
            "lost": [("f." + ending, kept, "\n")],
            "original": [("original." + ending, read("original"), None)],
        }
        if not plain:
            again = [json.dumps(json.loads(line), sort_keys=True, ensure_ascii=int(name) % 8 < 4,
                                separators=(",", ":")) for line in lines]
            steps["json"] = [("g.jsonl", again, "\n")]
            steps["array"] = [("h.json", again, ",\n")]
        out[name] = {}
        for step, files in steps.items():
            for file, records, end in files:
                if end is None: continue
                text = end.join(records)
                text = "[" + text + "]" if file.endswith(".json") else text + end
                opened = gzip.open if file.endswith(".gz") else open
                with opened(f"{place}/{file}", "wb") as output: output.write(text.encode())
            found = [counts(records, canaries, plain) for _, records, _ in files]
            out[name][step] = {"files": [file for file, _, _ in files],
                               "counts": [sum(column) for column in zip(*found)]}
    json.dump(out, open(root + "/expected.json", "w"))
    """#

  private func python() throws -> [String: [String: Step]] {
    let script = try folder.write(Self.program, to: "steps.py")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", script, folder.root.path]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return try JSONDecoder().decode(
      [String: [String: Step]].self, from: Data(folder.read("expected.json")))
  }

  @Test func `every step is counted as it was, and the original comes back`() throws {
    let studies = try (0..<Self.corpora).map { try study($0) }
    let expected = try python()
    #expect(expected.count == studies.count)
    var steps: [String: Int] = [:]
    for (number, study) in studies.enumerated() {
      for (name, step) in try #require(expected["\(number)"]) {
        steps[name, default: 0] += 1
        var processed = ProcessedCorpus(
          shape: study.shape, canaries: study.canaries, records: study.records)
        for file in step.files { try processed.read(folder.file("\(number)/\(file)")) }
        let found = processed.findings
        #expect(found.canaries.map(\.intact) == step.counts, "\(number), \(name)")
        let isWhole = step.counts == study.canaries.map(\.copies)
        switch name {
        case "original": #expect(found.conclusion == .notThisCorpus, "\(number)")
        case "sort-u", "lost":
          #expect(found.conclusion == (isWhole ? .complete : .repetitionsChanged), "\(number)")
          #expect(name == "sort-u" || found.foundNonmembers == 0)
        default: #expect(found.conclusion == .complete && isWhole, "\(number), \(name)")
        }
      }
    }
    #expect(steps.values.allSatisfy { $0 >= studies.count / 2 } && steps.count == 9)
  }
}
