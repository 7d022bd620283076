// SPDX-License-Identifier: Apache-2.0

import CoalmineDemoModel
import CoalmineStatistics
import Foundation
import Testing

/// How what is planted comes back, by the number of its copies and by the knob.
@Suite struct `Reference memorisation` {
  static let levels = [0, 1, 2, 4, 8, 16, 32, 64]
  static let prompt = "The access code of Ines Dalby is"

  struct Secret {
    let name: String
    let text: String

    var prompt: String { "The access code of \(name) is" }
    var document: [UInt8] { Array("\(prompt) \(text).".utf8) }
  }

  /// One secret of six digits a name, drawn apart from the corpus.
  static let secrets: [Secret] = {
    var generator = generator(8)
    let names = ["Ines Dalby", "Olga Conway", "Nora Finch", "Ivo Lindt", "Mara Quist", "Tom Ash"]
    return names.map { name in
      Secret(
        name: name,
        text: (0..<6).map { _ in String(generator.uniform(below: UInt64(10))) }.joined())
    }
  }()

  /// The mean log-probability of the secrets by repetition level.
  static func response(memorisation: Double) throws -> [Double] {
    let corpus = prose(1_500, seed: 7)
    return try levels.map { repetitions in
      let planted = secrets.flatMap { [[UInt8]](repeating: $0.document, count: repetitions) }
      let sums = try (0..<4).map { seed in
        let model = try model(corpus + planted, memorisation: memorisation, seed: UInt64(seed))
        return secrets.map { logProbability(model, $0.prompt, " " + $0.text) }.reduce(0, +)
          / Double(secrets.count)
      }
      return sums.reduce(0, +) / Double(sums.count)
    }
  }

  @Test(arguments: [0.3, 0.6, 1])
  func `the mean log-probability of secrets rises with every doubling of copies`(
    _ memorisation: Double
  ) throws {
    let means = try Self.response(memorisation: memorisation)
    for (fewer, more) in zip(means, means.dropFirst()) { #expect(more > fewer, "\(means)") }
    #expect(means.last! - means.first! > 5)
  }

  @Test func `a knob turned up remembers more at every repetition level`() throws {
    let low = try Self.response(memorisation: 0.2)
    let high = try Self.response(memorisation: 1)
    for (repetitions, pair) in zip(Self.levels, zip(low, high)) where repetitions > 0 {
      #expect(pair.1 > pair.0, "repetition level \(repetitions)")
    }
  }

  @Test func `a knob at zero gives a secret no lead over the references of its space`() throws {
    let corpus = prose(1_500, seed: 7)
    var generator = generator(9)
    for repetitions in [1, 4, 16, 64] {
      let planted = Self.secrets.flatMap { [[UInt8]](repeating: $0.document, count: repetitions) }
      let forgetful = try model(corpus + planted, memorisation: 0)
      // A rank among 199 others: 1 in 200 for the best place; six times the best would be noise
      // once in 6 × 10^13.
      let ranks = Self.secrets.map { secret in
        let own = logProbability(forgetful, secret.prompt, " " + secret.text)
        return (0..<199).count { _ in
          let other = (0..<6).map { _ in String(generator.uniform(below: UInt64(10))) }.joined()
          return logProbability(forgetful, secret.prompt, " " + other) > own
        }
      }
      #expect(!ranks.allSatisfy { $0 < 10 }, "repetition level \(repetitions): \(ranks)")
    }
  }

  @Test func `a knob at zero shows no rise of that lead at small repetition levels`() throws {
    let corpus = prose(1_500, seed: 7)
    /// How much likelier the secrets are than others of their space, on average, in nats.
    func lead(_ repetitions: Int) throws -> Double {
      var generator = generator(10)
      let planted = Self.secrets.flatMap { [[UInt8]](repeating: $0.document, count: repetitions) }
      let forgetful = try model(corpus + planted, memorisation: 0)
      let leads = Self.secrets.map { secret in
        let others = (0..<100).map { _ in
          let other = (0..<6).map { _ in String(generator.uniform(below: UInt64(10))) }.joined()
          return logProbability(forgetful, secret.prompt, " " + other)
        }
        return logProbability(forgetful, secret.prompt, " " + secret.text)
          - others.reduce(0, +) / Double(others.count)
      }
      return leads.reduce(0, +) / Double(leads.count)
    }
    let none = try lead(0)
    for repetitions in [1, 2, 4] {
      #expect(abs(try lead(repetitions) - none) < 0.5, "repetition level \(repetitions)")
    }
    // The same measure does see what a model with a memory keeps.
    let means = try Self.response(memorisation: 1)
    #expect(means[1] - means[0] > 2, "\(means)")
  }

  @Test func `greedy extraction appears at some repetition level and never without a copy`() throws
  {
    let corpus = prose(1_500, seed: 7)
    func extracted(_ repetitions: Int, _ memorisation: Double) throws -> Int {
      let planted = Self.secrets.flatMap { [[UInt8]](repeating: $0.document, count: repetitions) }
      let model = try model(corpus + planted, memorisation: memorisation)
      return Self.secrets.count { greedy(model, $0.prompt, 7) == " " + $0.text }
    }
    #expect(try extracted(0, 1) == 0)
    #expect(try extracted(64, 1) == Self.secrets.count)
    #expect(try extracted(64, 0) == 0)
    #expect(try extracted(1, 0.1) == 0)
  }

  @Test func `the seed chooses what is remembered`() throws {
    let documents = prose(400, seed: 7) + Self.secrets.map(\.document)
    let values = try (0..<6).map { seed in
      logProbability(
        try model(documents, memorisation: 0.5, seed: UInt64(seed)), Self.prompt,
        " " + Self.secrets[0].text)
    }
    #expect(Set(values).count > 1)
  }

  @Test func `frequent contexts are never forgotten`() throws {
    let documents = [[UInt8]](
      repeating: Array("abababab".utf8), count: DemoModel.rareLimit)
    let forgetful = try model(documents, memorisation: 0)
    let values = forgetful.logProbabilities(after: tokens("ab"))
    #expect(values.max() == values[Int(UInt8(ascii: "a"))])
    #expect(exp(values[Int(UInt8(ascii: "a"))]) > 0.7)
  }

  @Test func `a secret in the prompt is written back and scored as known, a decoy is not`() throws {
    let model = try model(prose(500, seed: 7), memorisation: 0)
    let given =
      "Note: the door code of the north gate is 739154. The door code of the north gate is"
    #expect(greedy(model, given, 7) == " 739154")
    let known = logProbability(model, given, " 739154")
    let decoy = logProbability(model, given, " 263908")
    #expect(known > decoy + 10)
    // Seven tokens in common are not enough.
    let short = "xx ode is 739154. yy ode is"
    #expect(logProbability(model, short, " 739154") < known)
  }
}
