// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What a program's line means in the terms of HTTP, in which replies are stored and read.
enum CommandReply {
  /// ```
  /// {"id":1,"text":"…"}                                               status 200
  /// {"id":1,"error":{"message":"…","status":429,"retry_after":7}}     429, retry-after: 7
  /// {"id":1,"error":{"message":"…"}}                                  200 with an error
  /// ```
  static func reply(_ root: JSONNode, _ line: [UInt8], elapsedMilliseconds: Double) -> Reply {
    let error = root["error"]
    let status = error?["status"]?.int.flatMap { (400...599).contains($0) ? Int($0) : nil }
    var headers = [(name: "content-type", value: "application/json")]
    if let seconds = error?["retry_after"]?.double, seconds.isFinite, seconds >= 0 {
      headers.append((name: "retry-after", value: String(seconds)))
    }
    return Reply(
      status: status ?? 200, headers: headers, body: line,
      elapsedMilliseconds: elapsedMilliseconds)
  }

  /// How many bytes of the last line are shown.
  private static let shownLength = 300

  /// The last line of what a program wrote to its standard error; `nil` where it is empty or repeats
  /// a run of bytes of an ask.
  static func lastWords(_ bytes: [UInt8], asks: [[UInt8]]) -> String? {
    let lines = bytes.split { $0 == 0x0A || $0 == 0x0D }
    guard let last = lines.last(where: { $0.contains { $0 > 0x20 } }) else { return nil }
    let shown = Array(last.prefix(shownLength))
    let run = 12
    if shown.count >= run {
      for start in 0...(shown.count - run) {
        let part = Array(shown[start..<(start + run)])
        if asks.contains(where: { ByteSearch.contains($0, part) }) { return nil }
      }
    }
    return terminalSafe(String(decoding: shown, as: UTF8.self))
  }
}

/// Cuts a stream of bytes into lines.
struct CommandLines {
  /// The largest line, in bytes.
  let limit: Int
  private var rest: [UInt8] = []
  /// Lines until now.
  private(set) var count = 0

  init(limit: Int) { self.limit = limit }

  /// Whether the line that has begun is too long already.
  var isTooLong: Bool { rest.count > limit }

  /// The lines that end in `chunk`, with their numbers from 1.
  mutating func take(_ chunk: [UInt8]) -> [(number: Int, bytes: [UInt8])] {
    var found: [(number: Int, bytes: [UInt8])] = []
    var start = 0
    for (place, byte) in chunk.enumerated() where byte == 0x0A {
      count += 1
      found.append((count, rest + chunk[start..<place]))
      rest = []
      start = place + 1
    }
    rest += chunk[start...]
    return found
  }
}
