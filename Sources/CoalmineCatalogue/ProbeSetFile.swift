// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Reads a probe set from YAML.
///
/// ```yaml
/// summary: Exposure from log-probabilities alone.
/// probes: [sequence-likelihood, chain-likelihood]
/// ```
public enum ProbeSetFile {
  /// - Parameters:
  ///   - name: the set's slug: the file's name without `.yaml`.
  ///   - path: the file as it stands in messages.
  /// - Throws: ``CoalmineError`` (exit `badConfiguration`) with file and line.
  public static func parse(_ bytes: [UInt8], name: String, path: String) throws(CoalmineError)
    -> ProbeSet
  {
    let source = FileSource(path: path, exit: .badConfiguration)
    guard Slug.isValid(name) else {
      throw source.error(
        "bad-name", line: 1, "the file's name '\(terminalSafe(name))' must be \(Slug.rule)")
    }
    let table = try YAMLValue(file: bytes, in: source).table(["summary", "probes"])
    let list = try table.required("probes")
    var probes: [Probe] = []
    for value in try list.list() {
      let probe = try value.choice(Probe.self)
      guard !probes.contains(probe) else {
        throw value.error("probe-twice", "names '\(probe.rawValue)' twice; drop one")
      }
      probes.append(probe)
    }
    guard !probes.isEmpty else { throw list.error("no-probes", "must name at least one probe") }
    return ProbeSet(
      name: name, summary: try table.required("summary").text(), probes: probes)
  }
}
