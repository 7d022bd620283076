// SPDX-License-Identifier: Apache-2.0

/// The dates of headers: the fixed form of HTTP, `Sun, 06 Nov 1994 08:49:37 GMT`, and RFC 3339.
package enum HTTPDate {
  /// Seconds since 1970 of a date in HTTP's fixed form; `nil` for any other form.
  package static func seconds(_ text: String) -> Int? {
    let parts = text.split(whereSeparator: { $0 == " " || $0 == ":" || $0 == "," }).map(String.init)
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    guard parts.count == 8, parts[7] == "GMT", let day = Int(parts[1]), (1...31).contains(day),
      let month = months.firstIndex(of: parts[2]), let year = Int(parts[3]),
      (1970...9999).contains(year), let hour = Int(parts[4]), (0...23).contains(hour),
      let minute = Int(parts[5]), (0...59).contains(minute), let second = Int(parts[6]),
      (0...60).contains(second)
    else { return nil }
    return ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
  }

  /// Days since 1970, with months from 0.
  ///
  /// Years begin in March here, so that the leap day comes last.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month < 2 ? year - 1 : year
    let march = (month + 10) % 12
    let leaps = shifted / 4 - shifted / 100 + shifted / 400
    return shifted * 365 + leaps + (march * 306 + 5) / 10 + day - 1 - 719_468
  }

  /// Seconds since 1970 of a date in RFC 3339, `2026-11-26T13:00:30Z`; `nil` for any other form.
  ///
  /// A fraction of a second is rounded up, so that nothing is asked too early.
  package static func internet(_ text: String) -> Int? {
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>, _ allowed: ClosedRange<Int>) -> Int? {
      guard range.upperBound <= bytes.count else { return nil }
      var value = 0
      for byte in bytes[range] {
        guard (0x30...0x39).contains(byte) else { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      return allowed.contains(value) ? value : nil
    }
    func mark(_ place: Int, _ marks: String) -> Bool {
      place < bytes.count && marks.utf8.contains(bytes[place])
    }
    guard let year = number(0..<4, 1970...9999), mark(4, "-"), let month = number(5..<7, 1...12),
      mark(7, "-"), let day = number(8..<10, 1...31), mark(10, "Tt "),
      let hour = number(11..<13, 0...23), mark(13, ":"), let minute = number(14..<16, 0...59),
      mark(16, ":"), let second = number(17..<19, 0...60)
    else { return nil }
    var place = 19
    var fraction = 0
    if mark(place, ".") {
      let digits = bytes[(place + 1)...].prefix { (0x30...0x39).contains($0) }
      guard !digits.isEmpty else { return nil }
      fraction = digits.contains { $0 != 0x30 } ? 1 : 0
      place += 1 + digits.count
    }
    var offset = 0
    if mark(place, "Zz") {
      place += 1
    } else {
      guard mark(place, "+-"), let hours = number((place + 1)..<(place + 3), 0...23),
        mark(place + 3, ":"), let minutes = number((place + 4)..<(place + 6), 0...59)
      else { return nil }
      offset = (hours * 60 + minutes) * 60 * (mark(place, "+") ? 1 : -1)
      place += 6
    }
    guard place == bytes.count else { return nil }
    return ((days(year, month - 1, day) * 24 + hour) * 60 + minute) * 60 + second + fraction
      - offset
  }
}
