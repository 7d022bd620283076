// SPDX-License-Identifier: Apache-2.0

import CCurl
import CoalmineCore

/// One request under way. It lives on the loop's thread alone.
final class Transfer {
  /// How a transfer ends.
  typealias Completion = @Sendable (Result<Reply, TransportError>) -> Void

  let number: UInt64
  let easy: Handle
  private let body: [UInt8]
  private let limits: TransportLimits
  private let bodyLimit: Int
  private let completion: Completion
  private let url: String
  private var headerList: UnsafeMutablePointer<curl_slist>?
  private var sent = 0
  /// Whether libcurl asked for the body: from then on it may have left, even an empty one.
  private var bodyAsked = false
  private var received: [UInt8] = []
  private var headerBytes = 0
  private var headers: [(name: String, value: String)] = []
  private var exceeded: String?
  /// The proxy that opens a tunnel for this request.
  private let proxy: ProxyRules.Proxy?
  /// Where libcurl writes what went wrong; it must live as long as the handle.
  private let words = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

  /// `UnsafeMutableRawPointer`: libcurl's `CURL *`.
  typealias Handle = UnsafeMutableRawPointer

  init?(
    number: UInt64, request: HTTPRequest, limits: TransportLimits, settings: TransportSettings,
    now seconds: Int, completion: @escaping Completion
  ) {
    guard let easy = curl_easy_init() else {
      words.deallocate()
      return nil
    }
    words.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    self.number = number
    self.easy = easy
    self.body = request.body?.reveal() ?? []
    self.limits = limits
    bodyLimit = max(limits.body, request.replyLimit ?? 0)
    self.completion = completion
    self.url = request.url
    proxy = settings.proxies.proxy(for: request.url)
    configure(request, at: seconds)
    route()
    trust(settings.authorities)
  }

  deinit {
    curl_easy_cleanup(easy)
    curl_slist_free_all(headerList)
    words.deallocate()
  }

  private func configure(_ request: HTTPRequest, at seconds: Int) {
    let me = Unmanaged.passUnretained(self).toOpaque()
    coalmine_set_text(easy, CURLOPT_URL, request.url)
    coalmine_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https")
    coalmine_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
    coalmine_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    coalmine_set_long(easy, CURLOPT_NOSIGNAL, 1)
    coalmine_set_pointer(easy, CURLOPT_ERRORBUFFER, words)
    coalmine_set_text(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate")
    coalmine_set_long(easy, CURLOPT_CONNECTTIMEOUT, limits.connectSeconds)
    coalmine_set_long(easy, CURLOPT_TIMEOUT, limits.totalSeconds)
    coalmine_set_long(easy, CURLOPT_LOW_SPEED_LIMIT, 1)
    coalmine_set_long(easy, CURLOPT_LOW_SPEED_TIME, limits.silentSeconds)
    coalmine_set_long(easy, CURLOPT_MAXAGE_CONN, 30)
    coalmine_set_long(easy, CURLOPT_FRESH_CONNECT, request.needsFreshConnection ? 1 : 0)
    if request.body != nil { post(me) }
    coalmine_set_data_callback(easy, CURLOPT_WRITEFUNCTION, writeBody)
    coalmine_set_pointer(easy, CURLOPT_WRITEDATA, me)
    coalmine_set_data_callback(easy, CURLOPT_HEADERFUNCTION, writeHeader)
    coalmine_set_pointer(easy, CURLOPT_HEADERDATA, me)
    let ours = request.body == nil ? [] : ["content-type: \(request.contentType)", "expect:"]
    let theirs = request.allHeaders(at: seconds)
    for line in ours + theirs.map({ "\($0.name): \($0.value.reveal())" }) {
      headerList = curl_slist_append(headerList, line)
    }
    coalmine_set_list(easy, CURLOPT_HTTPHEADER, headerList)
  }

  /// libcurl never asks the environment by itself: a key must not travel where nobody said it
  /// should.
  private func route() {
    coalmine_set_text(easy, CURLOPT_NOPROXY, "")
    guard let proxy else {
      coalmine_set_text(easy, CURLOPT_PROXY, "")
      return
    }
    coalmine_set_text(easy, CURLOPT_PROXY, proxy.url.reveal())
    coalmine_set_long(easy, CURLOPT_HTTPPROXYTUNNEL, 1)
    // The endpoint's key is none of the proxy's business, and its headers are no reply.
    coalmine_set_long(easy, CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE))
    coalmine_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
  }

  /// What is named counts alone; otherwise libcurl's list is the system's.
  private func trust(_ authorities: Authorities) {
    guard !authorities.isSystem else { return }
    for (file, folder) in [
      (CURLOPT_CAINFO, CURLOPT_CAPATH), (CURLOPT_PROXY_CAINFO, CURLOPT_PROXY_CAPATH),
    ] {
      coalmine_set_text(easy, file, authorities.file)
      coalmine_set_text(easy, folder, authorities.folder)
    }
  }

  /// The body goes out through a callback whose seek refuses. Otherwise libcurl would silently
  /// send a paid request again when a kept connection dies before the first byte of the reply.
  private func post(_ me: UnsafeMutableRawPointer) {
    coalmine_set_long(easy, CURLOPT_POST, 1)
    coalmine_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
    coalmine_set_data_callback(easy, CURLOPT_READFUNCTION, readBody)
    coalmine_set_pointer(easy, CURLOPT_READDATA, me)
    coalmine_set_seek_callback(easy, refuseSeek)
    coalmine_set_pointer(easy, CURLOPT_SEEKDATA, me)
  }

  fileprivate func read(into buffer: UnsafeMutablePointer<CChar>, _ room: Int) -> Int {
    bodyAsked = true
    let count = min(room, body.count - sent)
    guard count > 0 else { return 0 }
    body.withUnsafeBytes { bytes in
      UnsafeMutableRawPointer(buffer).copyMemory(
        from: bytes.baseAddress! + sent, byteCount: count)
    }
    sent += count
    return count
  }

  fileprivate func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard received.count + bytes.count <= bodyLimit else {
      exceeded = "the body is larger than \(bodyLimit) bytes"
      return 0
    }
    received += bytes
    return bytes.count
  }

  fileprivate func header(_ bytes: UnsafeRawBufferPointer) -> Int {
    headerBytes += bytes.count
    guard headerBytes <= limits.headers else {
      exceeded = "the headers are larger than \(limits.headers) bytes"
      return 0
    }
    let line = String(decoding: bytes, as: UTF8.self)
    if line.hasPrefix("HTTP/") {
      headers = []
    } else if let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) {
      let value = line[line.index(after: colon)...]
      headers.append((line[..<colon].lowercased(), Self.trimmed(value)))
    }
    return bytes.count
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while let last = text.unicodeScalars.last, last.value <= 0x20 {
      text.unicodeScalars.removeLast()
    }
    while let first = text.unicodeScalars.first, first.value <= 0x20 {
      text.unicodeScalars.removeFirst()
    }
    return String(text)
  }

  /// Hands the reply, or what became of the request, to the caller.
  func finish(_ code: CURLcode) {
    let elapsed = Double(coalmine_get_offset(easy, CURLINFO_TOTAL_TIME_T)) / 1_000
    if code == CURLE_OK {
      let status = Int(coalmine_get_long(easy, CURLINFO_RESPONSE_CODE))
      completion(
        .success(
          Reply(
            status: status, headers: headers, body: received, elapsedMilliseconds: elapsed)))
      return
    }
    // A line that ends nowhere fills libcurl's own buffer before we see it; older versions call
    // that a lack of memory, newer ones CURLE_TOO_LARGE (100).
    let isTooLarge = code == CURLE_OUT_OF_MEMORY || code.rawValue == 100
    if isTooLarge, bodyAsked, received.isEmpty, exceeded == nil {
      exceeded = "a header line is larger than libcurl takes"
    }
    let cause = cause(code)
    let text: String
    if let exceeded {
      text = exceeded
    } else if case .proxyRefused(let status)? = cause {
      text = "it refused to open a tunnel (HTTP \(status))"
    } else if cause != nil, words.pointee != 0 {
      text = String(cString: words)
    } else if bodyAsked, code == CURLE_SEND_FAIL_REWIND {
      text = "the connection ended without a reply"
    } else if bodyAsked, code == CURLE_COULDNT_CONNECT {
      // The request had left on a kept connection. libcurl makes a new one to send it again, which the
      // rewind would have refused, and there was nobody to connect to any more.
      text = "the connection ended without a reply, and no new one could be made"
    } else {
      text = String(cString: curl_easy_strerror(code)).lowercased()
    }
    completion(
      .failure(
        TransportError(
          fate: fate(code, cause), code: Int(code.rawValue),
          message: url + (proxy.map { " through the proxy \($0.name)" } ?? "") + ": \(text)",
          cause: cause, proxy: proxy?.name)))
  }

  /// What a person can mend.
  private func cause(_ code: CURLcode) -> TransportError.Cause? {
    guard exceeded == nil else { return nil }
    let tunnel = proxy == nil ? 0 : Int(coalmine_get_long(easy, CURLINFO_HTTP_CONNECTCODE))
    if tunnel >= 300 { return .proxyRefused(status: tunnel) }
    // TLS before the tunnel is there is TLS with the proxy.
    let isProxy = proxy?.speaksTLS == true && tunnel == 0
    let fault = CertificateFault(
      code,
      verification: Int(
        coalmine_get_long(
          easy, isProxy ? CURLINFO_PROXY_SSL_VERIFYRESULT : CURLINFO_SSL_VERIFYRESULT)),
      words: words.pointee == 0
        ? String(cString: curl_easy_strerror(code)) : String(cString: words))
    return fault.map { isProxy ? .proxyCertificate($0) : .certificate($0) }
  }

  /// Ends a transfer whose caller gave up.
  func cancel() {
    completion(
      .failure(
        TransportError(
          fate: bodyAsked ? .ambiguous : .cancelled, code: 0, message: "\(url): given up")))
  }

  private func fate(_ code: CURLcode, _ cause: TransportError.Cause?) -> TransportError.Fate {
    if exceeded != nil { return .overLimit }
    switch cause {
    // A handshake that failed is no reason for distrust, and nothing was sent.
    case .certificate(.noTLS), .proxyCertificate(.noTLS), .proxyRefused: return .notSent
    case .certificate, .proxyCertificate: return .untrusted
    case .command, nil: break
    }
    // The body had left once already, or libcurl would not have wanted to rewind it.
    if code == CURLE_SEND_FAIL_REWIND { return .ambiguous }
    return bodyAsked ? .ambiguous : .notSent
  }
}

private func transfer(_ user: UnsafeMutableRawPointer?) -> Transfer? {
  user.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

private let readBody: coalmine_data_callback = { buffer, size, count, user in
  guard let buffer, let transfer = transfer(user) else { return coalmine_read_aborted() }
  return transfer.read(into: buffer, size * count)
}

private let refuseSeek: coalmine_seek_callback = { _, _, _ in coalmine_seek_refused() }

private let writeBody: coalmine_data_callback = { bytes, size, count, user in
  guard let bytes, let transfer = transfer(user) else { return 0 }
  return transfer.write(UnsafeRawBufferPointer(start: bytes, count: size * count))
}

private let writeHeader: coalmine_data_callback = { bytes, size, count, user in
  guard let bytes, let transfer = transfer(user) else { return 0 }
  return transfer.header(UnsafeRawBufferPointer(start: bytes, count: size * count))
}
