// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

/// The methods by the name of their vector file.
let vectorMethods: [String: VectorMethod] = [:]
  .merging(exposureVectors) { first, _ in first }
  .merging(evaluationVectors) { first, _ in first }
  .merging(scoreVectors) { first, _ in first }
  .merging(evidenceVectors) { first, _ in first }

@Suite struct `Vector suite` {
  struct File: Decodable {
    let cases: [VectorCase]
  }

  static var folder: URL {
    if let other = ProcessInfo.processInfo.environment["COALMINE_VECTORS"] {
      return URL(fileURLWithPath: other, isDirectory: true)
    }
    return Bundle.module.resourceURL!.appendingPathComponent("ReferenceVectors")
  }

  @Test func `Vector files: every case of every file passes within its own tolerance`() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
      .filter { $0.hasSuffix(".json") }.sorted()
    #expect(!files.isEmpty, "no vector files in \(Self.folder.path)")
    var passed = 0
    var total = 0
    for name in files {
      let data = try Data(contentsOf: Self.folder.appendingPathComponent(name))
      let file = try JSONDecoder().decode(File.self, from: data)
      total += file.cases.count
      guard let method = vectorMethods[String(name.dropLast(5))] else {
        Issue.record("\(name): no method reads this file")
        continue
      }
      for one in file.cases {
        let faults = Self.faults(of: one, method)
        if faults.isEmpty { passed += 1 }
        for fault in faults { Issue.record("\(name), case '\(one.id)': \(fault)") }
      }
    }
    print("vectors: \(passed) of \(total) cases of \(files.count) files passed")
  }

  /// What is wrong with the outcome of one case; empty if nothing is.
  static func faults(of one: VectorCase, _ method: VectorMethod) -> [String] {
    do {
      let outputs = try method(one)
      if let refusal = one.refusal { return ["should be refused as '\(refusal)'"] }
      return one.expected.sorted { $0.key < $1.key }.flatMap { name, expected -> [String] in
        guard let output = outputs[name] else { return ["'\(name)' is not computed"] }
        return VectorTolerance(one.tolerance, field: name, among: one.expected)
          .faults(output, expected, at: name)
      }
    } catch let error as StatisticsError {
      guard let refusal = one.refusal else { return ["refused as '\(error.code)'"] }
      return refusal == error.code
        ? [] : ["refused as '\(error.code)' where '\(refusal)' is asked for"]
    } catch {
      return ["\(error)"]
    }
  }
}

/// |x − e| ≤ abs + rel · |e|, with a field's own tolerances where the case names them.
///
/// A name stands for every field that starts or ends with it: `ks_abs` for `ks_statistic`. The
/// unit of `…_abs_in_…` is another expected field. Of a field `min_…` a lower value is as
/// good where the tolerance names it without `min_`.
struct VectorTolerance {
  let absolute: Double
  let relative: Double
  let isMinimum: Bool
  private let all: [String: Double]

  init(_ tolerance: [String: Double], field: String, among expected: [String: VectorValue] = [:]) {
    func own(_ kind: String) -> Double? {
      tolerance[field + kind]
        ?? tolerance.first { key, _ in
          let name = key.dropLast(kind.count)
          return key.hasSuffix(kind) && (field.hasPrefix(name + "_") || field.hasSuffix("_" + name))
        }?.value
    }
    var scaled: Double?
    for (key, value) in tolerance where key.hasPrefix("\(field)_abs_in_") {
      guard case .number(let unit)? = expected[String(key.dropFirst(field.count + 8))] else {
        continue
      }
      scaled = value * unit
    }
    all = tolerance
    // The logarithm of a number near 1 is known no better than that number is rounded.
    let least = field.hasPrefix("log_") ? 0x1p-53 : 0
    absolute = max(least, scaled ?? own("_abs") ?? tolerance["abs"] ?? 0)
    relative = own("_rel") ?? tolerance["rel"] ?? 0
    isMinimum = field.hasPrefix("min_") && tolerance["\(field.dropFirst(4))_abs"] != nil
  }

  init(absolute: Double, relative: Double) {
    self.absolute = absolute
    self.relative = relative
    isMinimum = false
    all = [:]
  }

  /// The tolerance of a field inside this one: its own where the case names it.
  private func nested(_ field: String) -> VectorTolerance {
    all["\(field)_abs"] ?? all["\(field)_rel"] == nil ? self : VectorTolerance(all, field: field)
  }

  func faults(_ output: VectorValue, _ expected: VectorValue, at path: String) -> [String] {
    switch (output, expected) {
    case (.number(let x), .number(let e)):
      let same =
        x == e || abs(x - e) <= absolute + relative * abs(e) || isMinimum && x < e
      return same ? [] : ["'\(path)' is \(x), expected \(e)"]
    case (.list(let x), .list(let e)) where x.count == e.count:
      return zip(x, e).enumerated().flatMap { faults($1.0, $1.1, at: "\(path)[\($0)]") }
    case (.object(let x), .object(let e)):
      return e.sorted { $0.key < $1.key }.flatMap { key, value in
        x[key].map { nested(key).faults($0, value, at: "\(path).\(key)") }
          ?? ["'\(path).\(key)' is missing"]
      }
    default:
      return output == expected ? [] : ["'\(path)' is \(output), expected \(expected)"]
    }
  }
}
