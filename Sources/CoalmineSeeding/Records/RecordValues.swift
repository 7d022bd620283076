// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

extension RecordFields {
  /// A member of a record, or a cell of a row.
  struct NamedValue {
    let name: [UInt8]
    let value: Range<Int>
  }

  /// The members of a record at its top; `nil` where it has none, such as a list of turns.
  func members(of record: [UInt8]) -> [NamedValue]? {
    switch syntax {
    case .text: return nil
    case .json:
      return JSONSpans.members(ofObjectAt: 0, in: record)?.map {
        NamedValue(name: JSONSpans.name(of: $0, in: record), value: $0.value)
      }
    case .table(let table):
      return table.cells(of: record).map { cells in
        zip(table.columns, cells).map { NamedValue(name: $0, value: $1) }
      }
    }
  }

  /// What a text means; `nil` where the value is none.
  func string(_ value: Range<Int>, in record: [UInt8]) -> [UInt8]? {
    if case .table = syntax { return TableCells.meaning(of: value, in: record) }
    return JSONSpans.string(value, in: record)
  }

  /// The bytes of a text in the place of a value.
  func encoded(_ text: [UInt8], inPlaceOf value: Range<Int>, in record: [UInt8]) -> [UInt8] {
    if case .table(let table) = syntax {
      let isQuoted = record[value].first == UInt8(ascii: "\"")
      return table.cell(text, wasQuoted: isQuoted)
    }
    return Self.quoted(text)
  }

  /// A JSON string.
  static func quoted(_ text: [UInt8]) -> [UInt8] {
    var writer = JSONWriter()
    // Strings always can be written: only numbers that are not finite are refused.
    try? writer.array { try $0.value(utf8: text) }
    return Array(writer.bytes.dropFirst().dropLast())
  }

  /// Every value at a path: all of a name that stands twice. A name with dots in it comes before a
  /// path.
  package func values(at path: String, in record: [UInt8]) -> [Range<Int>]? {
    if path == ".", syntax == .json { return Self.whole(record).map { [$0] } }
    let name = Array(path.utf8)
    if let found = values(named: name, in: record), !found.isEmpty { return found }
    guard syntax == .json, path.contains("."), let whole = Self.whole(record) else { return nil }
    return Self.values(at: Self.steps(path)[...], from: whole, in: record)
  }

  /// Every value of a member of this name at the top of a record.
  private func values(named name: [UInt8], in record: [UInt8]) -> [Range<Int>]? {
    // Every record is asked for its text, so its other names are not made.
    guard syntax == .json else {
      return members(of: record)?.filter { $0.name == name }.map(\.value)
    }
    return JSONSpans.members(ofObjectAt: 0, in: record)?
      .filter { $0.isNamed(name, in: record) }.map(\.value)
  }

  private static func steps(_ path: String) -> [[UInt8]] {
    path.split(separator: ".", omittingEmptySubsequences: false).map { Array($0.utf8) }
  }

  /// The first value that begins behind white space.
  private static func whole(_ record: [UInt8]) -> Range<Int>? {
    guard let start = record.firstIndex(where: { !CorpusFormat.isBlank($0) && $0 != 0x0A }),
      let end = JSONSpans.end(ofValueAt: start, in: record)
    else { return nil }
    return start..<end
  }

  private static func values(
    at path: ArraySlice<[UInt8]>, from value: Range<Int>, in record: [UInt8]
  ) -> [Range<Int>]? {
    guard let step = path.first else { return [value] }
    if let place = position(step),
      let elements = JSONSpans.elements(ofArrayAt: value.lowerBound, in: record)
    {
      guard place < elements.count else { return nil }
      return values(at: path.dropFirst(), from: elements[place], in: record)
    }
    let found =
      JSONSpans.members(ofObjectAt: value.lowerBound, in: record)?
      .filter { JSONSpans.name(of: $0, in: record) == step } ?? []
    let all = found.compactMap { values(at: path.dropFirst(), from: $0.value, in: record) }
    return all.isEmpty ? nil : Array(all.joined())
  }

  private static func position(_ step: [UInt8]) -> Int? {
    step.allSatisfy { (0x30...0x39).contains($0) }
      ? Int(String(decoding: step, as: UTF8.self)) : nil
  }

  /// The record with every value at a path exchanged. Of a list that the path goes through, only
  /// the named element stays.
  ///
  /// - Returns: `nil` where there is no such value, or `make` gives nothing for one.
  func setting(
    _ path: String, in record: [UInt8], _ make: (Range<Int>) -> [UInt8]?
  ) -> [UInt8]? {
    if path == ".", syntax == .json {
      guard let whole = Self.whole(record), let value = make(whole) else { return nil }
      return Array(record[..<whole.lowerBound]) + value + record[whole.upperBound...]
    }
    let name = Array(path.utf8)
    if members(of: record)?.contains(where: { $0.name == name }) == true {
      var isWhole = true
      let result = rewriting(record) { member, value in
        guard member == name else { return .keep }
        guard let made = make(value) else {
          isWhole = false
          return .keep
        }
        return .set(made)
      }
      return isWhole ? result : nil
    }
    guard syntax == .json, path.contains("."), let whole = Self.whole(record),
      let value = Self.setting(Self.steps(path)[...], from: whole, in: record, make)
    else { return nil }
    return Array(record[..<whole.lowerBound]) + value + record[whole.upperBound...]
  }

  private static func setting(
    _ path: ArraySlice<[UInt8]>, from value: Range<Int>, in record: [UInt8],
    _ make: (Range<Int>) -> [UInt8]?
  ) -> [UInt8]? {
    guard let step = path.first else { return make(value) }
    if let place = position(step),
      let elements = JSONSpans.elements(ofArrayAt: value.lowerBound, in: record)
    {
      guard place < elements.count,
        let element = setting(path.dropFirst(), from: elements[place], in: record, make)
      else { return nil }
      return JSONSpans.listing([element], inArrayAt: value.lowerBound, in: record)
    }
    var found = 0
    var isWhole = true
    let result = JSONSpans.rewriting(objectAt: value.lowerBound, in: record) { name, value in
      guard name == step else { return .keep }
      found += 1
      guard let made = setting(path.dropFirst(), from: value, in: record, make) else {
        isWhole = false
        return .keep
      }
      return .set(made)
    }
    return found > 0 && isWhole ? result : nil
  }

  /// The record with its members exchanged or left out; a cell that is left out becomes empty.
  func rewriting(
    _ record: [UInt8], _ edit: (_ name: [UInt8], _ value: Range<Int>) -> MemberEdit
  ) -> [UInt8]? {
    guard case .table(let table) = syntax else {
      guard let whole = Self.whole(record),
        let object = JSONSpans.rewriting(objectAt: whole.lowerBound, in: record, edit)
      else { return nil }
      return Array(record[..<whole.lowerBound]) + object + record[whole.upperBound...]
    }
    guard let cells = table.cells(of: record) else { return nil }
    let values = zip(table.columns, cells).map { name, cell -> [UInt8] in
      switch edit(name, cell) {
      case .keep: Array(record[cell])
      case .set(let bytes): bytes
      case .drop: []
      }
    }
    return Array(values.joined(separator: [table.delimiter]))
  }
}

extension JSONSpans.Member {
  /// Whether the member has this name, escapes decoded.
  func isNamed(_ name: [UInt8], in bytes: [UInt8]) -> Bool {
    let isWritten = bytes.withUnsafeBufferPointer { bytes -> Bool? in
      var isEqual = key.count == name.count
      for position in key {
        if bytes[position] == UInt8(ascii: "\\") { return nil }
        if isEqual { isEqual = bytes[position] == name[position - key.lowerBound] }
      }
      return isEqual
    }
    return isWritten ?? (JSONSpans.name(of: self, in: bytes) == name)
  }
}
