// SPDX-License-Identifier: Apache-2.0

/// A number per question that was answered: two equal ones say that a question may have two answers.
///
/// Sorting a million numbers of 8 bytes takes a fraction of what SQLite needs to group the rows, and 8 MB.
struct QuestionMarks {
  private var marks: [Int] = []

  /// - Parameter columns: of run, probe, subject and sample.
  mutating func add(_ row: RawRow, _ columns: [Int]) {
    var hasher = Hasher()
    hasher.combine(row.integer(columns[0]))
    for column in columns[1...2] {
      let bytes = row.bytes(column)
      hasher.combine(bytes.count)
      hasher.combine(bytes: bytes)
    }
    hasher.combine(row.integer(columns[3]))
    marks.append(hasher.finalize())
  }

  /// Whether two questions have the same number: equal ones do, and different ones hardly ever.
  mutating func mayRepeat() -> Bool {
    marks.sort()
    return zip(marks, marks.dropFirst()).contains { $0 == $1 }
  }
}
