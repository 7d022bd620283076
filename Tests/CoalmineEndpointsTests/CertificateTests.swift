// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Testing

/// A real TLS server with good and bad certificates.
@Suite(.enabled(if: TestCertificates.isPossible))
struct `Certificates` {
  static let here = "IP:127.0.0.1,DNS:localhost"
  static let key = "marked-key-31415926"

  static func request(_ server: TLSServer, host: String = "127.0.0.1") -> HTTPRequest {
    HTTPRequest(
      url: "https://\(host):\(server.port)/v1/completions",
      headers: [(name: "authorization", value: Secret("Bearer \(key)"))],
      body: Secret(Array(#"{"prompt":"the hidden canary"}"#.utf8)))
  }

  /// Trusts the authorities of a file alone.
  static func trusting(_ file: String) -> Transport {
    var settings = TransportSettings()
    settings.authorities.file = file
    return Transport(limits: .with { $0.totalSeconds = 30 }, settings: settings)
  }

  /// What becomes of a request; it must not reach the server.
  private static func refusal(_ server: TLSServer, _ transport: Transport) async
    -> CertificateFault?
  {
    let error = await transport.failure(request(server))
    #expect(error?.fate == .untrusted)
    #expect(error?.message.contains(key) == false)
    #expect(server.requests.isEmpty)
    #expect(!server.text.contains("marked-key") && !server.text.contains("hidden canary"))
    guard case .certificate(let fault)? = error?.cause else { return nil }
    return fault
  }

  @Test func `a certificate of its own making is refused before the key leaves`() async throws {
    let certificates = try TestCertificates()
    let server = try TLSServer(try certificates.selfSigned(for: Self.here))
    #expect(await Self.refusal(server, Transport()) == .selfSigned)
    #expect(await Self.refusal(server, Self.trusting(certificates.authority)) == .selfSigned)
  }

  @Test func `a certificate of its own making is trusted where it is named`() async throws {
    let certificates = try TestCertificates()
    let pair = try certificates.selfSigned(for: Self.here)
    let server = try TLSServer(pair)
    let reply = try await Self.trusting(pair.certificate).send(Self.request(server))
    #expect(reply.text == "{}")
  }

  @Test func `an authority is trusted where it is named, and nowhere else`() async throws {
    let certificates = try TestCertificates()
    let server = try TLSServer(try certificates.issued(for: Self.here))
    #expect(await Self.refusal(server, Transport()) == .unknownAuthority)
    let reply = try await Self.trusting(certificates.authority).send(Self.request(server))
    #expect(reply.text == "{}")
    #expect(server.requests.count == 1)
    #expect(server.requests.first?.contains("authorization: Bearer \(Self.key)") == true)
  }

  @Test func `a chain that ends in an unknown root is of an unknown authority`() async throws {
    let certificates = try TestCertificates()
    let server = try TLSServer(
      try certificates.issued(for: Self.here), chain: certificates.authority)
    #expect(await Self.refusal(server, Transport()) == .unknownAuthority)
  }

  @Test(arguments: [(-30, -10, CertificateFault.expired), (10, 30, .notYetValid)])
  func `a certificate out of its time is called that`(
    _ from: Int, _ until: Int, _ fault: CertificateFault
  ) async throws {
    let certificates = try TestCertificates()
    let server = try TLSServer(
      try certificates.issued(for: Self.here, from: from, until: until))
    #expect(await Self.refusal(server, Self.trusting(certificates.authority)) == fault)
  }

  @Test(arguments: ["IP:127.0.0.2,DNS:localhost", "DNS:other.example", "DNS:127.0.0.1"])
  func `a certificate for another host is called that`(_ names: String) async throws {
    let certificates = try TestCertificates()
    let server = try TLSServer(try certificates.issued(for: names))
    #expect(await Self.refusal(server, Self.trusting(certificates.authority)) == .wrongHost)
  }

  @Test func `a file of authorities without a certificate is called that`() async throws {
    let certificates = try TestCertificates()
    let server = try TLSServer(try certificates.issued(for: Self.here))
    try certificates.write("no certificate\n", to: "empty.pem")
    #expect(
      await Self.refusal(server, Self.trusting(certificates.path("empty.pem")))
        == .unreadableAuthorities)
  }

  @Test func `what does not speak TLS is called that`() async throws {
    let server = try FaultServer { wire in
      wire.send("HTTP/1.1 400 Bad Request\r\n\r\n")
      wire.waitForClose()
    }
    let error = await Transport().failure(
      HTTPRequest(url: "https://127.0.0.1:\(server.port)", headers: [], body: Secret([1])))
    #expect(error?.cause == .certificate(.noTLS))
  }

  @Test func `the keys of a connection are never written to SSLKEYLOGFILE`() async {
    // A process of its own: libcurl looks at the variable once.
    await #expect(processExitsWith: .success) {
      let certificates = try TestCertificates()
      let log = certificates.path("keys.log")
      setenv("SSLKEYLOGFILE", log, 1)
      let server = try TLSServer(try certificates.issued(for: Certificates.here))
      let reply = try await Certificates.trusting(certificates.authority).send(
        Certificates.request(server))
      guard reply.text == "{}", !FileManager.default.fileExists(atPath: log) else { exit(1) }
    }
  }

  @Test func `the environment's file of authorities counts where none is named`() throws {
    let certificates = try TestCertificates()
    let other = certificates.path("other.pem")
    try certificates.write("-", to: "other.pem")
    let place = try Endpoint(url: "https://a.example", model: "m", key: nil)
    func settings(_ file: String?, _ variables: [String: String]) throws -> Authorities {
      try TransportSettings.environment(for: place, caFile: file) { variables[$0] }.authorities
    }
    #expect(try settings(nil, [:]) == Authorities())
    #expect(try settings(nil, ["SSL_CERT_FILE": other]).file == other)
    #expect(try settings(nil, ["SSL_CERT_FILE": ""]) == Authorities())
    #expect(try settings(nil, ["SSL_CERT_DIR": "/a:/b"]).folder == "/a:/b")
    let both = ["SSL_CERT_FILE": other, "SSL_CERT_DIR": "/a"]
    #expect(try settings(certificates.authority, both).file == certificates.authority)
    #expect(try settings(certificates.authority, both).folder == nil)
  }

  @Test(arguments: ["/nowhere/at/all.pem", "/"])
  func `a file of authorities that cannot be read is a missing input`(_ path: String) throws {
    func failure(_ url: String, _ file: String?, _ variables: [String: String]) -> CoalmineError? {
      do throws(CoalmineError) {
        let place = try Endpoint(url: url, model: "m", key: nil)
        _ = try TransportSettings.environment(for: place, caFile: file) { variables[$0] }
        return nil
      } catch {
        return error
      }
    }
    let named = failure("https://a.example", path, [:])
    #expect(named?.code == "ca-file-missing" && named?.exit == .inputMissing)
    #expect(named?.help?.hasPrefix("--ca-file ") == true)
    let variable = failure("https://a.example", nil, ["SSL_CERT_FILE": path])
    #expect(variable?.help?.hasPrefix("SSL_CERT_FILE ") == true)
    // Without TLS nobody reads it.
    #expect(failure("http://127.0.0.1", nil, ["SSL_CERT_FILE": path]) == nil)
  }
}
