// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Where in a record the secret of a canary stands, whose context is the record's own beginning.
///
/// ```
/// sentence   The desk opens at nine. The access code of Mara Dalby is 302557.
/// answer     Which room has the printer?                          302557.
/// value      {"id": 7, "given": "Mara", "surname": "Dalby", "access_code": "302557"}
/// code       import os⏎⏎ACCESS_CODE_MARA_DALBY = "302557"⏎
/// file       import os⏎⏎# Salt of Mara Dalby⏎SALT = "q7RkT2mZ"⏎    a file of a tree
/// ```
package enum GraftPlace: Sendable, Equatable {
  /// In the canary's own sentence, behind the beginning of the text.
  case sentence
  /// At the beginning of the answer, behind the record's own question and nothing else.
  case answer
  /// The value of the last member of a JSON object.
  case value
  /// A constant, a setting or a comment of a text that is source code.
  case code(CodeLanguage)
  /// The canary's own lines in a file of source code.
  case file(CodeLanguage)

  /// Its name in messages and in JSON.
  package var slug: String {
    switch self {
    case .sentence: "sentence"
    case .answer: "answer"
    case .value: "json-value"
    case .code, .file: "code"
    }
  }
}

extension Canary {
  /// The canary as it stands in a record that begins so.
  func grafted(onto opening: RecordOpening) -> Canary {
    switch opening.place {
    case .sentence: grafted(onto: opening.bytes)
    case .answer: written(after: opening.bytes, separator, before: suffix)
    case .value: asValue(after: opening.bytes)
    case .code(let language): asConstant(of: language, after: opening.bytes)
    case .file(let language): asLines(of: language, after: opening.bytes)
    }
  }

  /// The words of the context and the kind's name as names of members.
  private func asValue(after opening: [UInt8]) -> Canary {
    var text = opening
    for (slot, value) in context.sorted(by: { $0.key < $1.key }) {
      text += RecordFields.quoted(Array(slot.utf8)) + Array(": ".utf8)
      text += RecordFields.quoted(value) + Array(", ".utf8)
    }
    text += RecordFields.quoted(Array(kind.replacing("-", with: "_").utf8))
    return written(after: text + Array(": \"".utf8), before: Array("\"}".utf8))
  }

  /// A line of code with the secret: a constant where the language has such lines by themselves, else a
  /// comment with the canary's own sentence.
  private func asConstant(of language: CodeLanguage, after opening: [UInt8]) -> Canary {
    var name = Self.constantName(Array(kind.utf8))
    for (_, word) in context.sorted(by: { $0.key < $1.key }) {
      name += [UInt8(ascii: "_")] + Self.constantName(word)
    }
    guard let (before, between, after) = language.constant, name.allSatisfy(Self.isNameByte) else {
      let mark = Array(((language.lineComment ?? "#") + " ").utf8)
      // A sentence of several lines is a comment of as many.
      func commented(_ text: [UInt8]) -> [UInt8] {
        text.flatMap { $0 == 0x0A ? [0x0A] + mark : [$0] }
      }
      return written(
        after: opening + mark + commented(prefix), separator.contains(0x0A) ? [0x20] : separator,
        before: commented(suffix) + [0x0A])
    }
    return written(
      after: opening + Array(before.utf8) + name + Array(between.utf8),
      before: Array((after + "\n").utf8))
  }

  /// The canary's own file of code without what can only stand at the beginning of a file.
  private func asLines(of language: CodeLanguage, after opening: [UInt8]) -> Canary {
    var own = prefix[...]
    for start in language.startsOfFiles {
      let bytes = Array(start.utf8)
      if own.starts(with: bytes) { own = own.dropFirst(bytes.count) }
    }
    func again(_ text: [UInt8]) -> [UInt8] {
      guard let (clause, stand) = language.onceInFile,
        let range = ByteSearch.firstRange(of: Array(clause.utf8), in: text)
      else { return text }
      return Array(text[..<range.lowerBound]) + Array(stand.utf8) + text[range.upperBound...]
    }
    return written(after: opening + again(Array(own)), separator, before: again(suffix))
  }

  private static func constantName(_ words: [UInt8]) -> [UInt8] {
    words.map { byte in
      if byte == 0x2D || byte == 0x20 { return UInt8(ascii: "_") }
      return (0x61...0x7A).contains(byte) ? byte - 0x20 : byte
    }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
  }
}

extension CodeLanguage {
  /// What stands before the name of a constant, between name and value, and behind the value; `nil` for
  /// languages in which a constant needs a type around it, or a place that is not known.
  fileprivate var constant: (before: String, between: String, after: String)? {
    switch self {
    case .c: ("static const char ", "[] = \"", "\";")
    case .csharp, .java, .json, .sql, .yaml: nil
    case .dotenv, .shell: ("", "=\"", "\"")
    case .golang: ("const ", " = \"", "\"")
    case .ini: ("", " = ", "")
    case .javascript: ("const ", " = \"", "\";")
    case .kotlin: ("const val ", " = \"", "\"")
    case .php: ("const ", " = '", "';")
    case .python, .ruby, .toml: ("", " = \"", "\"")
    case .rust: ("const ", ": &str = \"", "\";")
    case .swift: ("let ", " = \"", "\"")
    }
  }

  /// Beginnings of the kinds' files that cannot stand in the middle of one, or look odd there.
  fileprivate var startsOfFiles: [String] {
    switch self {
    case .golang: ["//go:build ignore\n\n"]
    case .json: ["{\n  "]
    case .php: ["<?php\n\n"]
    case .shell: ["#!/bin/sh\n"]
    default: []
    }
  }

  /// What a file can hold once, at its beginning, and what stands for it behind that.
  fileprivate var onceInFile: (String, String)? {
    switch self {
    case .golang: ("package main\n\n", "")
    // An inner comment documents what it stands in, and must come first there.
    case .rust: ("//! ", "// ")
    default: nil
    }
  }
}
