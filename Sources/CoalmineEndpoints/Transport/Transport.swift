// SPDX-License-Identifier: Apache-2.0

import CCurl
import CoalmineCore
import Glibc
import Synchronization

/// HTTP through libcurl: one multi handle on one thread of its own.
///
/// It never sends a request twice, follows no redirect, and speaks HTTP/1.1. It uses a proxy for
/// https alone, and only one that ``TransportSettings`` names. Whoever retries knows from
/// ``TransportError/Fate`` whether that may cost money.
public final class Transport: Sendable {
  private let mailbox: Mailbox

  /// Starts the thread.
  ///
  /// - Parameter seconds: the time since 1970, for signatures.
  public init(
    limits: TransportLimits = TransportLimits(), settings: TransportSettings = TransportSettings(),
    now seconds: @escaping @Sendable () -> Int = { time(nil) }
  ) {
    _ = Self.globalInit
    mailbox = Mailbox(limits: limits, settings: settings, now: seconds)
    mailbox.start()
  }

  deinit { mailbox.stop() }

  /// Sends a request and waits for its whole reply, whatever the status.
  ///
  /// - Throws: ``TransportError``. A cancelled task gives up at once.
  public func send(_ request: HTTPRequest) async throws(TransportError) -> Reply {
    // Before anything is queued: on a kept connection the body would leave within one turn of the
    // loop, and a request that nobody wants any more could be billed.
    if Task.isCancelled {
      throw TransportError(fate: .cancelled, code: 0, message: "\(request.url): given up")
    }
    let number = mailbox.nextNumber()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation {
        (continuation: CheckedContinuation<Result<Reply, TransportError>, Never>) in
        mailbox.submit(number, request) { continuation.resume(returning: $0) }
        // The handler may have run before the submission was there to be cancelled.
        if Task.isCancelled { mailbox.cancel(number) }
      }
    } onCancel: {
      mailbox.cancel(number)
    }
    return try result.get()
  }

  /// Where `SSLKEYLOGFILE` is set, libcurl writes the keys of all connections into the file that it
  /// names, and whoever recorded the connections could read secrets and API keys. libcurl looks at
  /// the variable once, here.
  private static let globalInit = {
    if getenv("SSLKEYLOGFILE") != nil { unsetenv("SSLKEYLOGFILE") }
    return curl_global_init(Int(CURL_GLOBAL_DEFAULT))
  }()

  /// The libcurl that is linked, for the evidence.
  public static var version: String { String(cString: curl_version()) }
}

/// What other threads hand to the loop. The loop's own state never leaves its thread.
private final class Mailbox: @unchecked Sendable {
  // `multi` is used by other threads only for curl_multi_wakeup, which libcurl allows; all else
  // is under the mutex, or belongs to the loop's thread.
  private struct Contents {
    var submissions: [(UInt64, HTTPRequest, Transfer.Completion)] = []
    var cancellations: [UInt64] = []
    var stopping = false
    var number: UInt64 = 0
  }

  private let contents = Mutex(Contents())
  private let multi: UnsafeMutableRawPointer?
  private let limits: TransportLimits
  private let settings: TransportSettings
  private let seconds: @Sendable () -> Int

  init(
    limits: TransportLimits, settings: TransportSettings, now seconds: @escaping @Sendable () -> Int
  ) {
    self.limits = limits
    self.settings = settings
    self.seconds = seconds
    multi = curl_multi_init()
    coalmine_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 256)
  }

  // Not at the end of the loop: whoever stops it may still be about to wake it.
  deinit { curl_multi_cleanup(multi) }

  func nextNumber() -> UInt64 {
    contents.withLock {
      $0.number += 1
      return $0.number
    }
  }

  func submit(
    _ number: UInt64, _ request: HTTPRequest, _ completion: @escaping Transfer.Completion
  ) {
    contents.withLock { $0.submissions.append((number, request, completion)) }
    curl_multi_wakeup(multi)
  }

  func cancel(_ number: UInt64) {
    contents.withLock { $0.cancellations.append(number) }
    curl_multi_wakeup(multi)
  }

  func stop() {
    contents.withLock { $0.stopping = true }
    curl_multi_wakeup(multi)
  }

  func start() {
    var thread = pthread_t()
    let me = Unmanaged.passRetained(self).toOpaque()
    let code = pthread_create(&thread, nil, loopThread, me)
    precondition(code == 0, "the system has no thread left")
    pthread_detach(thread)
  }

  /// The loop: take the mail, let libcurl work, hand out what is done, sleep until woken.
  func run() {
    var active: [UInt64: Transfer] = [:]
    var byHandle: [UnsafeMutableRawPointer: UInt64] = [:]
    func end(_ number: UInt64) -> Transfer? {
      guard let transfer = active.removeValue(forKey: number) else { return nil }
      byHandle[transfer.easy] = nil
      curl_multi_remove_handle(multi, transfer.easy)
      return transfer
    }
    while true {
      let mail = contents.withLock { contents in
        let taken = contents
        contents.submissions = []
        contents.cancellations = []
        return taken
      }
      for (number, request, completion) in mail.submissions {
        guard
          let transfer = Transfer(
            number: number, request: request, limits: limits, settings: settings,
            now: seconds(), completion: completion),
          curl_multi_add_handle(multi, transfer.easy) == CURLM_OK
        else {
          completion(
            .failure(
              TransportError(fate: .notSent, code: 0, message: "\(request.url): out of memory")))
          continue
        }
        active[number] = transfer
        byHandle[transfer.easy] = number
      }
      for number in mail.cancellations { end(number)?.cancel() }
      if mail.stopping {
        for number in active.keys.sorted() { end(number)?.cancel() }
        break
      }
      var running: Int32 = 0
      curl_multi_perform(multi, &running)
      var code = CURLE_OK
      while let easy = coalmine_next_done(multi, &code) {
        if let number = byHandle[easy] { end(number)?.finish(code) }
      }
      curl_multi_poll(multi, nil, 0, active.isEmpty ? 60_000 : 1_000, nil)
    }
  }
}

private func loopThread(_ user: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let user { Unmanaged<Mailbox>.fromOpaque(user).takeRetainedValue().run() }
  return nil
}
