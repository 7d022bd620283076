// SPDX-License-Identifier: Apache-2.0

extension Error {
  /// The error of this type that `body` ends with; `nil` where it gives none or another kind.
  ///
  /// A test that states what the error holds reads it from here:
  /// `CoalmineError.thrown { try file.commit() }?.code == "output-exists"`.
  public static func thrown(by body: () throws -> Void) -> Self? {
    do {
      try body()
      return nil
    } catch {
      return error as? Self
    }
  }
}
