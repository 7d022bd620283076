// SPDX-License-Identifier: Apache-2.0

import CoalmineServing
import CoalmineTesting
import Foundation
import Synchronization
import Testing

/// Where the key comes from, and whom it is sent to.
@Suite struct `Credentials` {
  static let key = "sk-marked-2718281828"

  /// An endpoint that refuses every key and keeps what it was shown.
  private static func refusing() async throws -> (CountingEndpoint, @Sendable () -> Int) {
    let shown = Mutex(0)
    let endpoint = try await CountingEndpoint { request in
      let isOurs = request.headers.contains { $0.value == "Bearer \(key)" }
      if isOurs { shown.withLock { $0 += 1 } }
      return ServedResponse(status: 401, body: Array("{}".utf8))
    }
    return (endpoint, { shown.withLock { $0 } })
  }

  /// Runs a shell line in which `$COALMINE` is the program with the options of a check.
  private static func shell(
    _ line: String, _ endpoint: String, in folder: TemporaryFolder
  ) async throws -> (code: Int32, notes: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", line]
    process.currentDirectoryURL = folder.root
    let program = CoalmineProgram.products.appendingPathComponent("coalmine").path
    process.environment = [
      "PATH": "/usr/bin:/bin", "HOME": folder.path,
      "COALMINE": "\(program) check --endpoint \(endpoint) --model tiny",
    ]
    try folder.write("", to: "notes")
    process.standardError = try FileHandle(forWritingTo: folder.url("notes"))
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    let code = try await withCheckedThrowingContinuation {
      (continuation: CheckedContinuation<Int32, any Error>) in
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { continuation.resume(throwing: error) }
    }
    return (code, try folder.read("notes").text)
  }

  @Test(arguments: [("022", "0644"), ("027", "0640"), ("002", "0664"), ("073", "0604")])
  func `a key file that others can read is refused, and nothing is sent`(
    _ umask: String, _ mode: String
  ) async throws {
    let folder = try TemporaryFolder()
    let (endpoint, shown) = try await Self.refusing()
    let write = "umask \(umask) && echo \(Self.key) > key && "
    let refused = try await Self.shell(
      write + "$COALMINE --key-file key", endpoint.url, in: folder)
    #expect(refused.code == 78, "\(refused.notes)")
    #expect(refused.notes.contains("'key'") && refused.notes.contains("mode is \(mode)"))
    #expect(refused.notes.contains("chmod 600"))
    #expect(refused.notes.contains("--allow-open-key-file"))
    #expect(!refused.notes.contains(Self.key))
    #expect(endpoint.requests == 0)
    let allowed = try await Self.shell(
      "$COALMINE --key-file key --allow-open-key-file", endpoint.url, in: folder)
    #expect(allowed.code == 77 && shown() == 1, "\(allowed.notes)")
    // What the help says.
    let mended = try await Self.shell(
      "chmod 600 key && $COALMINE --key-file key", endpoint.url, in: folder)
    #expect(mended.code == 77 && shown() == 2, "\(mended.notes)")
    try await endpoint.stop()
  }

  @Test(arguments: ["077", "033", "066"])
  func `a key file that nobody else can read is taken`(_ umask: String) async throws {
    let folder = try TemporaryFolder()
    let (endpoint, shown) = try await Self.refusing()
    // 033 makes files 0644; the mode that counts is the one the file has at last.
    let outcome = try await Self.shell(
      "umask \(umask) && echo \(Self.key) > key && chmod go-r key && $COALMINE --key-file key",
      endpoint.url, in: folder)
    #expect(outcome.code == 77 && shown() == 1, "\(outcome.notes)")
    try await endpoint.stop()
  }

  @Test func `what counts is the file that is read, not the link that leads there`() async throws {
    let folder = try TemporaryFolder()
    let (endpoint, shown) = try await Self.refusing()
    let open = try await Self.shell(
      "umask 077 && echo \(Self.key) > key && chmod 644 key && ln -s key link && "
        + "$COALMINE --key-file link", endpoint.url, in: folder)
    #expect(open.code == 78 && open.notes.contains("'link'"), "\(open.notes)")
    let closed = try await Self.shell(
      "chmod 600 key && $COALMINE --key-file link", endpoint.url, in: folder)
    #expect(closed.code == 77 && shown() == 1, "\(closed.notes)")
    let redirected = try await Self.shell(
      "chmod 644 key && $COALMINE --key-file /dev/fd/3 3< key", endpoint.url, in: folder)
    #expect(redirected.code == 78, "\(redirected.notes)")
    try await endpoint.stop()
  }

  @Test(arguments: [
    "umask 000; $COALMINE --key-file <(echo KEY)", "echo KEY | $COALMINE --key-file /dev/stdin",
    "umask 000; $COALMINE --key-file /dev/fd/3 3< <(echo KEY)",
    "umask 000; mkfifo pipe; (echo KEY > pipe) & $COALMINE --key-file pipe",
  ])
  func `a pipe is fine`(_ line: String) async throws {
    let folder = try TemporaryFolder()
    let (endpoint, shown) = try await Self.refusing()
    let outcome = try await Self.shell(
      line.replacingOccurrences(of: "KEY", with: Self.key), endpoint.url, in: folder)
    #expect(outcome.code == 77 && shown() == 1, "\(outcome.notes)")
    try await endpoint.stop()
  }

  @Test(arguments: [("missing", Int32(66)), (".", 74)])
  func `a key file that cannot be read is named`(_ path: String, _ code: Int32) async throws {
    let folder = try TemporaryFolder()
    let outcome = try await Self.shell(
      "$COALMINE --key-file \(path)", "http://127.0.0.1:9", in: folder)
    #expect(outcome.code == code && outcome.notes.contains("'\(path)'"), "\(outcome.notes)")
  }

  @Test func `a file of authorities that is not there is a missing input`() async throws {
    for (arguments, environment) in [
      (["--ca-file", "/nowhere/ca.pem"], [String: String]()),
      ([], ["SSL_CERT_FILE": "/nowhere/ca.pem"]),
    ] {
      let outcome = try await CoalmineProgram.started(
        ["check", "--endpoint", "https://127.0.0.1:9", "--model", "m"] + arguments,
        environment: environment
      ).outcome()
      #expect(outcome.code == 66, "\(outcome.notes)")
      #expect(outcome.notes.contains("'/nowhere/ca.pem'"), "\(outcome.notes)")
    }
  }

  @Test func `a proxy that refuses is named by check, without its password`() async throws {
    let proxy = try await CountingEndpoint.fixed(status: 403, "{}")
    let place = proxy.url.dropFirst("http://".count)
    let outcome = try await CoalmineProgram.started(
      ["check", "--endpoint", "https://models.example", "--model", "m"],
      environment: ["HTTPS_PROXY": "http://auditor:word-2718@\(place)"]
    ).outcome()
    #expect(outcome.code == 69, "\(outcome.notes)")
    #expect(outcome.notes.contains("the proxy \(place) refused"), "\(outcome.notes)")
    #expect(!outcome.notes.contains("word-2718") && !outcome.notes.contains("auditor"))
    try await proxy.stop()
  }
}

/// `--ca-file`, SSL_CERT_FILE and SSLKEYLOGFILE of the program itself, against a TLS server that
/// refuses every key.
@Suite(.enabled(if: TestCertificates.isPossible))
struct `Private authorities` {
  /// Checks an endpoint with this certificate that refuses every key.
  private static func check(
    _ pair: TestCertificates.Pair, _ more: [String] = [], _ environment: [String: String] = [:]
  ) async throws -> CoalmineProgram.Outcome {
    let server = try TLSServer(
      pair, answering: wireReply(status: "401 No", headers: ["Connection: close"], "{}"))
    defer { withExtendedLifetime(server) {} }
    return try await CoalmineProgram.started(
      ["check", "--endpoint", "https://127.0.0.1:\(server.port)", "--model", "m"] + more,
      environment: environment
    ).outcome()
  }

  @Test func `without the authority a certificate is refused and the way out is named`()
    async throws
  {
    let certificates = try TestCertificates()
    let outcome = try await Self.check(try certificates.selfSigned(for: "IP:127.0.0.1"))
    #expect(outcome.code == 69, "\(outcome.notes)")
    #expect(outcome.notes.contains("self-signed") && outcome.notes.contains("--ca-file FILE"))
  }

  @Test func `with the authority it is asked, and its keys are written nowhere`() async throws {
    let certificates = try TestCertificates()
    let pair = try certificates.selfSigned(for: "IP:127.0.0.1")
    let log = certificates.path("keys.log")
    let named = try await Self.check(
      pair, ["--ca-file", pair.certificate], ["SSLKEYLOGFILE": log])
    #expect(named.code == 77, "\(named.notes)")
    let variable = try await Self.check(
      pair, [], ["SSL_CERT_FILE": pair.certificate, "SSLKEYLOGFILE": log])
    #expect(variable.code == 77, "\(variable.notes)")
    #expect(!FileManager.default.fileExists(atPath: certificates.path("keys.log")))
  }

  @Test func `what is named on the command line comes before the environment`() async throws {
    let certificates = try TestCertificates()
    let pair = try certificates.selfSigned(for: "IP:127.0.0.1")
    try certificates.write("no certificate\n", to: "empty.pem")
    let empty = certificates.path("empty.pem")
    let outcome = try await Self.check(
      pair, ["--ca-file", pair.certificate], ["SSL_CERT_FILE": empty])
    #expect(outcome.code == 77, "\(outcome.notes)")
    let refused = try await Self.check(pair, ["--ca-file", empty])
    #expect(refused.code == 65, "\(refused.notes)")
    #expect(refused.notes.contains("holds no certificate"), "\(refused.notes)")
  }
}
