// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The input files that `inputs.py` writes: raw little-endian numbers.
struct Inputs {
  let folder: URL

  func doubles(_ name: String) throws -> [Double] {
    let data = try Data(contentsOf: folder.appendingPathComponent("\(name).f64"))
    return data.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: 8).map {
        bytes.loadUnaligned(fromByteOffset: $0, as: Double.self)
      }
    }
  }

  func lines(_ name: String) throws -> [String] {
    try String(contentsOf: folder.appendingPathComponent("\(name).txt"), encoding: .utf8)
      .split(separator: "\n").map(String.init)
  }
}

/// One benchmark's time and the numbers that the peer must find too.
struct Measurement: Encodable {
  let name: String
  let seconds: Double
  let values: [Double]
}

/// Runs `body` as often as it says and keeps the least processor time: that of the process, which
/// does not count what other programs take.
func measure(_ name: String, times: Int = 5, _ body: () throws -> [Double]) throws -> Measurement {
  var fastest = Double.infinity
  var values: [Double] = []
  for _ in 0..<times {
    let start = processorSeconds()
    values = try body()
    fastest = min(fastest, processorSeconds() - start)
  }
  return Measurement(name: name, seconds: fastest, values: values)
}

private func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
