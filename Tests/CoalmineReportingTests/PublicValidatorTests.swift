// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import CoalmineTesting
import Foundation
import Testing

/// What others read with: jsonschema, sarif-pydantic, junitparser, prometheus-client's strict parser,
/// html5lib and Python's csv, from the Python package index.
@Suite struct `Public validators` {
  @Test func `each accepts the reports of every verdict, hostile text among them`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(JSONFormat.schema, to: "report.schema.json")
    var reports = Verdict.allCases.map { ($0.rawValue, SampleReport($0).report()) }
    reports.append(("hostile", SampleReport.hostile(HostileText.everything)))
    for (name, report) in reports {
      try FileManager.default.createDirectory(
        at: folder.url(name), withIntermediateDirectories: false)
      for format in ReportFormats.all {
        try Data(format.render(report, options: ReportOptions())).write(
          to: folder.url("\(name)/\(format.fileName)"))
      }
    }
    let python = Repository.url(".build/llama/bin/python")
    try #require(
      FileManager.default.isExecutableFile(atPath: python.path),
      "no \(python.path): the README's test command installs it")
    let process = Process()
    process.executableURL = python
    process.arguments = [
      Repository.url("Tests/Fixtures/validators/validate.py").path, folder.file("."),
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let said = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let text = String(decoding: said, as: UTF8.self)
    #expect(process.terminationStatus == 0, "\(text)")
    #expect(text.hasSuffix("\(reports.count * ReportFormats.all.count) files\n"), "\(text)")
  }
}
