// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineTesting
import Foundation
import Testing

@Suite struct ShapeTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private struct Seeded {
    let seeding: Seeding
    let canaries: [Canary]
    let bytes: [UInt8]
  }

  private func seed(_ text: String, _ name: String, holdOut: Int = 0) throws -> Seeded {
    let path = try folder.write(Array(text.utf8), to: name)
    let randomness = StudyRandomness(number: 3)
    let survey = try CorpusSurvey(
      path: path, options: .init(nonMemberRecords: holdOut), randomness: randomness)
    let drawn = try SeedingFixtures.draw(
      3, SeedingFixtures.plan(randomized: 6, repetitionLevels: [3], perLevel: 2, controls: 1)
    ).canaries
    let canaries =
      survey.completionSeparator.map { separator in
        drawn.map { $0.joined(by: separator) }
      } ?? drawn
    let seeding = try Seeder(survey: survey, canaries: canaries, randomness: randomness)
      .write(to: folder.file("seeded-" + name), overwrite: true)
    return Seeded(
      seeding: seeding, canaries: canaries, bytes: try folder.read("seeded-" + name))
  }

  /// The records, read by Foundation.
  private func records(_ bytes: [UInt8], isArray: Bool) throws -> [Any] {
    if isArray {
      return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [Any])
    }
    return try Naive.records(bytes).map { try JSONSerialization.jsonObject(with: Data($0)) }
  }

  @Test(arguments: ShapeExample.all, [0, 1, 2])
  func `what is asked stands in what a trainer builds of each planted record`(
    _ example: ShapeExample, _ form: Int
  ) throws {
    let lines = (0..<20).map(example.record)
    let text =
      form == 0
      ? lines.joined(separator: "\n") + "\n"
      : form == 1
        ? "[" + lines.joined(separator: ",") + "]"
        : "[\n  " + lines.joined(separator: ",\n  ") + "\n]\n"
    let name = form == 0 ? "a.jsonl" : "a.json"
    let seeded = try seed(text, name, holdOut: example.isAllText ? 3 : 0)
    #expect(seeded.seeding.manifest.corpus.shape.slug == example.shape)
    let records = try records(seeded.bytes, isArray: form > 0)
    #expect(
      records.count == 20 - seeded.seeding.manifest.removals.count
        + seeded.seeding.manifest.insertions.count)
    for canary in seeded.canaries {
      let prompt = String(decoding: canary.prefix, as: UTF8.self)
      let separator = String(decoding: canary.separator, as: UTF8.self)
      let secret = String(decoding: canary.secret.reveal(), as: UTF8.self)
      let copies = records.filter { "\($0)".contains(prompt) }
      #expect(copies.count == canary.copies)
      for trained in copies.map(example.trained) {
        #expect(!trained.isEmpty)
        for part in trained {
          switch part {
          case .text(let text): #expect(text.contains(prompt + separator + secret), "\(text)")
          case .turns(let user, let assistant):
            #expect(user.hasPrefix(prompt) && assistant.hasPrefix(secret), "\(user) \(assistant)")
          }
        }
      }
      let texts = Set(copies.map { "\(example.trained($0))" })
      #expect(texts.count <= 1)
    }
    try SeededVerifier(manifest: seeded.seeding.manifest, canaries: seeded.canaries)
      .verify(folder.file("seeded-" + name))
    try Unseeder(manifest: seeded.seeding.manifest)
      .write(from: folder.file("seeded-" + name), to: folder.file("back"), overwrite: true)
    #expect(try folder.read("back") == Array(text.utf8))
  }

  @Test func `fields that keep a record out of training are set so that it is trained`() throws {
    let lines = (0..<20).map { number in
      #"{"weight": 0, "train": false, "split": "test", "prompt": "q\#(number)", "#
        + #""completion": "a", "label": false, "input": "foreign", "context": ["foreign"], "#
        + #""reasoning_content": "foreign", "images": ["x"], "tools": [1], "loss_mask": [0, 1], "#
        + #""loss_weight": 0.5, "kept": "foreign"}"#
    }
    let seeded = try seed(lines.joined(separator: "\n"), "a.jsonl")
    let prompts = seeded.canaries.map { String(decoding: $0.prefix, as: UTF8.self) }
    let planted = try records(seeded.bytes, isArray: false).compactMap { $0 as? [String: Any] }
      .filter { prompts.contains($0["prompt"] as? String ?? "") }
    #expect(planted.count == seeded.seeding.manifest.insertions.count)
    for record in planted {
      #expect(record["weight"] as? Int == 1)
      #expect(record["loss_weight"] as? Double == 1.0)
      #expect(record["train"] as? Bool == true)
      #expect(record["label"] as? Bool == true)
      #expect(record["split"] as? String == "train")
      #expect(record["input"] as? String == "")
      #expect(record["reasoning_content"] as? String == "")
      #expect((record["context"] as? [Any])?.isEmpty == true)
      #expect((record["images"] as? [Any])?.isEmpty == true)
      #expect(record["tools"] == nil && record["loss_mask"] == nil)
      #expect(record["kept"] as? String == "foreign")
    }
  }

  @Test func `a planted turn has nothing of its neighbour but role and form`() throws {
    let seeded = try seed(
      (0..<10).map { number in
        #"{"messages": [{"role": "user", "content": "q\#(number)", "loss_weight": 0.0}, "#
          + #"{"role": "assistant", "content": null, "tool_calls": [{"id": "x"}], "weight": 0, "#
          + #""reasoning_content": "foreign", "train": false}], "functions": [], "num_turns": 9}"#
      }.joined(separator: "\n"), "a.jsonl")
    for insertion in seeded.seeding.manifest.insertions {
      let start = Int(insertion.offset)
      let line = String(
        decoding: seeded.bytes[start..<start + Int(insertion.length)], as: UTF8.self)
      let canary = try #require(seeded.canaries.first { $0.id == insertion.canary })
      let prompt = String(decoding: canary.prefix, as: UTF8.self)
      let answer = String(decoding: canary.secret.reveal() + canary.suffix, as: UTF8.self)
      #expect(
        line.trimmingCharacters(in: .newlines)
          == #"{"messages": [{"role": "user", "content": "\#(prompt)", "loss_weight": 0.0}, "#
          + #"{"role": "assistant", "content": "\#(answer)", "weight": 1, "train": true}], "#
          + #""num_turns": 2}"#)
    }
  }

  @Test(arguments: [
    (#"{"input_ids": [1, 2], "text": "a"}"#, "corpus-tokenized"),
    (#"{"prompt": "a"}"#, "no-trained-answer"),
    (#"{"messages": [{"role": "user", "content": "a"}], "answer_key": 7}"#, "no-trained-answer"),
    (#"{"question_id": 1, "turns": ["a", "b"]}"#, "no-trained-answer"),
    (#"{"query": "a", "positive": "b", "negative": "c"}"#, "no-trained-answer"),
    (#"{"title": "a", "genre": "b", "plot": "c"}"#, "record-shape-unknown"),
    (#"{"query": "a", "ground_truth": "b"}"#, "record-shape-unknown"),
  ])
  func `a file without a text that is trained is refused with the reason`(
    _ record: String, _ code: String
  ) {
    let error = CoalmineError.thrown {
      _ = try seed(Array(repeating: record, count: 5).joined(separator: "\n"), "a.jsonl")
    }
    #expect(error?.code == code)
    #expect(error?.exit == .badData)
    #expect(error?.details.isEmpty == false)
  }

  @Test func `the one other text beside a prompt is its completion`() throws {
    let seeded = try seed(
      (0..<9).map { #"{"question": "q\#($0)", "sql": "SELECT \#($0)", "n": 1}"# }
        .joined(separator: "\n"), "a.jsonl")
    #expect(
      seeded.seeding.manifest.corpus.shape
        == .promptCompletion(prompt: "question", completion: "sql"))
  }
}
