// SPDX-License-Identifier: Apache-2.0

import CoalmineSeeding
import CoalmineStatistics
import Testing

@Suite struct ReferenceDrawTests {
  @Test func `every set of references is equally likely`() {
    // 3 of the 5 numbers other than 2 in 0..<6: ten sets.
    var generator = ChaCha8Rand(seed: [UInt8](repeating: 7, count: 32))
    var counts: [[UInt128]: Int] = [:]
    for _ in 0..<10_000 {
      counts[ReferenceDraw.draw(3, of: 6, except: 2, using: &generator), default: 0] += 1
    }
    #expect(counts.count == 10)
    #expect(counts.keys.allSatisfy { !$0.contains(2) && $0.count == 3 && $0 == $0.sorted() })
    // Nine degrees of freedom, upper 0.1 % point 27.88.
    #expect(Naive.chiSquare(Array(counts.values)) < 27.88)
  }

  @Test func `a small space gives all others`() {
    var generator = ChaCha8Rand(seed: [UInt8](repeating: 8, count: 32))
    for own in 0..<5 as Range<UInt128> {
      let others = (0..<5 as Range<UInt128>).filter { $0 != own }
      #expect(ReferenceDraw.draw(4, of: 5, except: own, using: &generator) == others)
      #expect(ReferenceDraw.draw(400, of: 5, except: own, using: &generator) == others)
    }
    #expect(ReferenceDraw.draw(0, of: 5, except: 1, using: &generator).isEmpty)
  }

  @Test func `a space of 2 to the 120th is drawn from throughout`() {
    var generator = ChaCha8Rand(seed: [UInt8](repeating: 9, count: 32))
    let count: UInt128 = 1 << 120
    let drawn = ReferenceDraw.draw(4_000, of: count, except: count - 1, using: &generator)
    var eighths = Array(repeating: 0, count: 8)
    for number in drawn { eighths[Int(number >> 117)] += 1 }
    #expect(Set(drawn).count == 4_000)
    // Seven degrees of freedom, upper 0.1 % point 24.32.
    #expect(Naive.chiSquare(eighths) < 24.32)
  }
}
