// SPDX-License-Identifier: Apache-2.0

import CCurl

/// Why a server's certificate, or TLS itself, was refused.
public enum CertificateFault: Sendable, Equatable {
  /// Its time is over, by the clock of this machine.
  case expired
  /// Its time has not begun, by the clock of this machine.
  case notYetValid
  /// It is for other host names than the one that was asked.
  case wrongHost
  /// It was signed by nobody but itself.
  case selfSigned
  /// No authority that is trusted here issued it.
  case unknownAuthority
  /// The file of trusted authorities holds no certificate that can be read.
  case unreadableAuthorities
  /// What answers does not speak TLS, or no version that both sides know.
  case noTLS
  /// Anything else, in libcurl's words.
  case other(String)

  /// - Parameters:
  ///   - code: what libcurl ended with.
  ///   - verification: OpenSSL's code, of `CURLINFO_SSL_VERIFYRESULT`.
  ///   - words: libcurl's own.
  /// - Returns: `nil` where the code has nothing to do with TLS.
  ///
  /// Source: OpenSSL, `x509_vfy.h`; https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
  init?(_ code: CURLcode, verification: Int, words: String) {
    switch code {
    case CURLE_SSL_CACERT_BADFILE: self = .unreadableAuthorities
    case CURLE_SSL_CONNECT_ERROR: self = .noTLS
    case CURLE_PEER_FAILED_VERIFICATION:
      switch verification {
      // libcurl itself compares the host's name, after OpenSSL was content.
      case _ where words.contains("subject name"): self = .wrongHost
      case 9: self = .notYetValid
      case 10: self = .expired
      case 18: self = .selfSigned
      case 2, 19, 20, 21: self = .unknownAuthority
      case 62: self = .wrongHost
      default: self = .other(words)
      }
    case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      self = .other(words)
    default: return nil
    }
  }
}
