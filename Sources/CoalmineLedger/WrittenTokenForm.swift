// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The bytes of the tokens that a model wrote, each with the likeliest ones at its place.
enum WrittenTokenForm {
  static func append(_ steps: [WrittenToken], to writer: inout BinaryWriter) {
    writer.append(UInt32(clamping: steps.count))
    for step in steps {
      writer.append(counted: step.bytes)
      // The bit pattern of a NaN stands for "none given"; a NaN itself never gets this far.
      writer.append(step.logProbability?.bitPattern ?? UInt64.max)
      writer.append(UInt32(clamping: step.likeliest.count))
      for candidate in step.likeliest {
        writer.append(counted: candidate.bytes)
        writer.append(candidate.logProbability)
      }
    }
  }

  /// - Returns: `nil` where the bytes make no sense.
  static func read(_ reader: inout BinaryReader) -> [WrittenToken]? {
    guard let count = reader.integer(UInt32.self) else { return nil }
    var steps: [WrittenToken] = []
    for _ in 0..<count {
      guard let bytes = reader.counted(), let pattern = reader.integer(UInt64.self),
        let listed = reader.integer(UInt32.self)
      else { return nil }
      let own = pattern == UInt64.max ? nil : Double(bitPattern: pattern)
      var likeliest: [WrittenToken.Candidate] = []
      for _ in 0..<listed {
        guard let bytes = reader.counted(), let value = reader.double(), value <= 0 else {
          return nil
        }
        likeliest.append(WrittenToken.Candidate(bytes: bytes, logProbability: value))
      }
      guard own.map({ $0 <= 0 }) ?? true else { return nil }
      steps.append(WrittenToken(bytes: bytes, logProbability: own, likeliest: likeliest))
    }
    return steps
  }
}
