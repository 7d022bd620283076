// SPDX-License-Identifier: Apache-2.0

/// A file of a catalogue, byte for byte as it was read; a ledger stores it.
public struct CatalogueFile: Sendable, Equatable {
  /// Where it belongs: `canaries/access-code.yaml`, `canaries/lists/given.txt`,
  /// `probe-sets/full.yaml`.
  public let name: String
  /// Where it was read, as it stands in messages.
  public let path: String
  /// Its content.
  public let bytes: [UInt8]

  public init(name: String, path: String, bytes: [UInt8]) {
    self.name = name
    self.path = path
    self.bytes = bytes
  }

  /// The name of what it describes, if it lies in `folder` itself and ends so: `access-code`.
  func stem(in folder: String, ending: String) -> String? {
    guard name.hasPrefix(folder + "/"), name.hasSuffix(ending) else { return nil }
    let stem = name.dropFirst(folder.count + 1).dropLast(ending.count)
    return stem.contains("/") ? nil : String(stem)
  }
}
