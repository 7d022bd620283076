// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// SVG elements by class, without any style of their own: the page's style sheet has it, and the
/// page's policy allows no other.
enum Drawing {
  static func line(_ style: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double)
    -> String
  {
    "<line class=\"\(style)\" x1=\"\(n(x1))\" y1=\"\(n(y1))\" x2=\"\(n(x2))\" y2=\"\(n(y2))\"/>"
  }

  /// A vertical range with caps, as of an interval.
  static func range(_ style: String, x: Double, _ top: Double, _ bottom: Double, cap: Double = 4)
    -> String
  {
    "<path class=\"\(style)\" d=\"M\(n(x)) \(n(top))V\(n(bottom))M\(n(x - cap)) \(n(top))h"
      + "\(n(2 * cap))M\(n(x - cap)) \(n(bottom))h\(n(2 * cap))\"/>"
  }

  static func text(_ style: String, _ x: Double, _ y: Double, _ text: String) -> String {
    "<text class=\"\(style)\" x=\"\(n(x))\" y=\"\(n(y))\">\(PageText(text).renderText)</text>"
  }

  /// A text that runs upwards, for a vertical axis.
  static func upward(_ style: String, _ x: Double, _ y: Double, _ words: String) -> String {
    "<text class=\"\(style)\" x=\"\(n(x))\" y=\"\(n(y))\" transform=\"rotate(-90 \(n(x)) \(n(y)))\">"
      + "\(PageText(words).renderText)</text>"
  }

  static func mark(_ mark: Mark, _ x: Double, _ y: Double) -> String {
    switch mark {
    case .inserted: "<circle class=\"dot\" cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"4.5\"/>"
    case .heldOut: "<circle class=\"dot open\" cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"4.5\"/>"
    case .control:
      "<rect class=\"dot open\" x=\"\(n(x - 4))\" y=\"\(n(y - 4))\" width=\"8\" height=\"8\"/>"
    case .sampled:
      "<path class=\"dot second\" d=\"M\(n(x)) \(n(y - 5.5))l5 5.5l-5 5.5l-5 -5.5z\"/>"
    case .atCeiling:
      "<path class=\"dot\" d=\"M\(n(x)) \(n(y - 6.5))l6 10.5h-12z\"/>"
    case .absent:
      "<path class=\"absent\" d=\"M\(n(x - 4)) \(n(y - 4))l8 8m0 -8l-8 8\"/>"
    }
  }

  enum Mark {
    case inserted, heldOut, control, sampled
    /// The median lies at the ceiling: the true value may be higher.
    case atCeiling
    /// Nothing was measured here, which is not zero.
    case absent
  }

  static func n(_ value: Double) -> String { Prose.decimal(value, 1) }
}
