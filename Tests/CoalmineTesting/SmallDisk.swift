// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A small file system in memory that fills up, where the machine lets us mount one.
public final class SmallDisk: Sendable {
  /// Where it is mounted. The folder is removed after the disk is unmounted.
  public let folder: TemporaryFolder

  public init(kibibytes: Int) throws {
    folder = try TemporaryFolder(in: .memory)
    guard mount("tmpfs", folder.path, "tmpfs", 0, "size=\(kibibytes)k,mode=0700") == 0 else {
      throw CannotMount(
        description: "cannot mount a tmpfs: \(String(cString: strerror(errno))); run the tests as "
          + "root, or under 'unshare -Urm'")
    }
  }

  deinit { unmount() }

  /// Takes it away with all that is on it; a disk that is not mounted any more stays so.
  public func unmount() { umount2(folder.path, Int32(MNT_DETACH)) }

  public struct CannotMount: Error, CustomStringConvertible { public let description: String }
}
