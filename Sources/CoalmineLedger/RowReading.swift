// SPDX-License-Identifier: Apache-2.0

import GRDB

/// How rows are read: a damaged file gives an error, where GRDB's subscripts would stop the
/// process.
extension Row {
  /// A column of a known type; throws `RowDecodingError`, which ``Ledger`` translates.
  func value<Value: DatabaseValueConvertible>(_ column: String) throws -> Value {
    try decode(Value.self, forColumn: column)
  }

  /// A blob.
  func bytes(_ column: String) throws -> [UInt8] {
    try decode(Data.self, forColumn: column).bytes
  }
}
