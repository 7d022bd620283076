// SPDX-License-Identifier: Apache-2.0

import CoalmineDemoModel
import CoalmineStatistics
import Foundation
import Testing

/// What holds for every distribution, and for every instance.
@Suite struct `Reference distributions` {
  @Test(arguments: [0, 0.3, 1])
  func `every distribution is positive and adds up to one`(_ memorisation: Double) throws {
    let documents = prose(300, seed: 1)
    let model = try model(documents, memorisation: memorisation)
    var generator = generator(6)
    for round in 0..<300 {
      let count = Int(generator.uniform(below: UInt64(60)))
      let context: [Int]
      switch round % 3 {
      case 0: context = (0..<count).map { _ in Int(generator.uniform(below: UInt64(257))) }
      case 1: context = documents[round % documents.count].prefix(count).map(Int.init)
      default: context = (0..<count).map { 97 + $0 % 9 }
      }
      let probabilities = model.logProbabilities(after: context).map { exp($0) }
      #expect(probabilities.count == DemoModel.vocabulary)
      #expect(probabilities.allSatisfy { $0 > 0 && $0 < 1 })
      #expect(abs(probabilities.reduce(0, +) - 1) < 1e-12)
    }
  }

  @Test func `two instances agree to the last bit, whatever they were asked before`() throws {
    let documents = prose(200, seed: 2)
    let first = try model(documents, memorisation: 0.5, seed: 9)
    let second = try model(documents, memorisation: 0.5, seed: 9)
    let text = tokens("when rain has washed seven roads and many birds return, when rain has")
    for start in 0..<30 { _ = first.logProbabilities(after: Array(text[start...])) }
    for end in text.indices {
      let one = first.logProbabilities(after: Array(text[..<end]))
      let other = second.logProbabilities(after: Array(text[..<end]))
      #expect(one.map(\.bitPattern) == other.map(\.bitPattern))
    }
    #expect(first.score(text) == second.score(text))
  }

  @Test func `many threads at once see what one thread sees`() async throws {
    let model = try model(prose(200, seed: 3), memorisation: 0.5)
    let fresh = try #require(
      DemoModel(documents: prose(200, seed: 3), memorisation: 0.5))
    let text = tokens("the river runs below a quiet hill and many birds return in early spring")
    let expected = fresh.score(text)
    let same = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<16 { group.addTask { model.score(text) == expected } }
      return await group.reduce(true) { $0 && $1 }
    }
    #expect(same)
  }

  @Test func `a score is the distribution read token by token`() throws {
    let model = try model(prose(100, seed: 4), memorisation: 0.7)
    let text = tokens("a quiet hill, a quiet hill, a quiet") + [256]
    let scores = model.score(text)
    for (position, token) in text.enumerated() {
      let values = model.logProbabilities(after: Array(text[..<position]))
      #expect(scores[position] == values[token])
    }
    #expect(model.score([]).isEmpty)
  }

  @Test func `the knob and alpha take any number`() throws {
    for value in [Double.nan, -.infinity, -1, 0, 0.5, 1 - 1e-16, 1, 2, .infinity] {
      let model = try model(prose(5, seed: 1), memorisation: value, alpha: value)
      let sum = model.logProbabilities(after: tokens("the ")).reduce(0) { $0 + exp($1) }
      #expect(abs(sum - 1) < 1e-12)
    }
  }

  @Test func `documents end: the mark is likeliest where a document ended in training`() throws {
    let model = try model([[UInt8]](repeating: Array("a short text.".utf8), count: 40))
    let end = model.logProbabilities(after: tokens("a short text."))
    #expect(end.max() == end[DemoModel.beginning])
    let inside = model.logProbabilities(after: tokens("a short"))
    #expect(inside[DemoModel.beginning] < end[DemoModel.beginning] - 2)
  }

  @Test func `no context reaches across the end of a document`() throws {
    // "x" always follows "end" across a border, never within a document.
    let documents = (0..<50).flatMap { _ in [Array("the end".utf8), Array("xylophone".utf8)] }
    let model = try model(documents)
    let after = model.logProbabilities(after: tokens("the end"))
    #expect(after[Int(UInt8(ascii: "x"))] < after[DemoModel.beginning] - 2)
  }

  @Test func `a text begins as documents begin`() throws {
    let model = try model((0..<60).map { Array("begin \($0) zzz zzz zzz".utf8) })
    let start = model.logProbabilities(after: [])
    #expect(start.max() == start[Int(UInt8(ascii: "b"))])
    // With or without the mark in front it is the same question.
    #expect(model.logProbabilities(after: [256]) == start)
  }
}
