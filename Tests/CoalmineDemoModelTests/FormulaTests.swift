// SPDX-License-Identifier: Apache-2.0

import CoalmineDemoModel
import CoalmineStatistics
import Foundation
import Testing

/// The distribution against the documented formula, computed naively.
@Suite struct `Reference formula` {
  static func difference(_ model: DemoModel, _ naive: NaiveModel, _ context: [Int]) -> Double {
    let ours = model.logProbabilities(after: context)
    return zip(ours, naive.distribution(after: context)).map { abs($0 - log($1)) }.max() ?? .nan
  }

  @Test func `random corpora of small alphabets agree after random contexts`() throws {
    var generator = generator(1)
    for round in 0..<40 {
      let letters = 1 + generator.uniform(below: UInt64(4))
      let documents = (0..<(1 + generator.uniform(below: UInt64(6)))).map { _ in
        (0..<generator.uniform(below: UInt64(60))).map { _ in
          UInt8(97 + generator.uniform(below: letters))
        }
      }
      let alpha = [16, 0.5, 3.25][round % 3]
      let model = try model(documents, alpha: alpha)
      let naive = NaiveModel(documents, alpha: alpha)
      for _ in 0..<12 {
        let context = (0..<generator.uniform(below: UInt64(40))).map { _ in
          97 + Int(generator.uniform(below: letters + 1))
        }
        #expect(Self.difference(model, naive, context) < 1e-11)
      }
    }
  }

  @Test func `contexts out of the corpus itself agree at every length`() throws {
    let documents = prose(30, seed: 2)
    let model = try model(documents)
    let naive = NaiveModel(documents)
    for document in documents.prefix(4) {
      for end in stride(from: 0, through: document.count, by: 5) {
        #expect(Self.difference(model, naive, document[..<end].map(Int.init)) < 1e-11)
      }
    }
  }

  @Test func `bytes of every value agree, those that no text holds included`() throws {
    var generator = generator(3)
    let documents = (0..<5).map { _ in
      (0..<200).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }
    let model = try model(documents)
    let naive = NaiveModel(documents)
    for document in documents {
      for start in stride(from: 0, to: 180, by: 23) {
        let context = document[start..<(start + 20)].map(Int.init)
        #expect(Self.difference(model, naive, context) < 1e-11)
      }
    }
    for byte in 0..<256 { #expect(Self.difference(model, naive, [97, byte]) < 1e-11) }
  }

  @Test func `marks in a context begin a document, wherever they stand`() throws {
    let documents = [Array("abc".utf8), Array("abd".utf8), Array("xbc".utf8)]
    let model = try model(documents)
    let naive = NaiveModel(documents)
    for context in [
      [256], [256, 97], [98, 256], [97, 98, 256, 97, 98], [256, 256], [255], [99],
    ] {
      #expect(Self.difference(model, naive, context) < 1e-11, "\(context)")
    }
  }

  @Test func `repetitive prompts agree, copying and all`() throws {
    let documents = prose(10, seed: 4)
    let model = try model(documents)
    let naive = NaiveModel(documents)
    var generator = generator(5)
    for _ in 0..<30 {
      let part = (0..<(2 + generator.uniform(below: UInt64(14)))).map { _ in
        97 + Int(generator.uniform(below: UInt64(2)))
      }
      let prompt = (0..<12).flatMap { _ in
        part + (generator.coin() ? [120 + Int(generator.uniform(below: UInt64(3)))] : [])
      }
      #expect(Self.difference(model, naive, prompt) < 1e-11)
    }
  }

  @Test func `a model of nothing knows nothing but that texts end`() throws {
    let empty = try model([])
    let naive = NaiveModel([])
    for context in [[], [97], [256]] {
      #expect(Self.difference(empty, naive, context) < 1e-12)
    }
    let values = empty.logProbabilities(after: [97])
    #expect(Set(values.map { ($0 * 1e9).rounded() }).count <= 2)
  }
}
