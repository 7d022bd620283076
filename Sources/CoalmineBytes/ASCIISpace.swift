// SPDX-License-Identifier: Apache-2.0

extension UInt8 {
  /// Whether it is white space in ASCII: a blank, a tab, a line break, a vertical tab or a form feed.
  package var isASCIISpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
