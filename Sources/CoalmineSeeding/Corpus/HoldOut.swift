// SPDX-License-Identifier: Apache-2.0

/// How many texts are taken out of a corpus as non-members; as many are marked as members.
public enum HoldOut: Sendable, Equatable {
  /// A number that somebody stated: a corpus that is too small for it is refused.
  case stated(Int)
  /// At most this number, and no more than the corpus allows, see ``HoldOutRoom``.
  case upTo(Int)

  /// The largest number that can come of it.
  var most: Int {
    switch self {
    case .stated(let number), .upTo(let number): max(0, number)
    }
  }
}

/// What a corpus allows to be taken out where nobody stated a number.
///
/// A unit is what must not be split: a group, or, without groups, all records with one text. Units
/// are drawn until they hold the number of texts. The number is a function of the sizes of the units
/// and of nothing else: it does not depend on the order of the records or on the draw, so members
/// and non-members stay exchangeable.
///
///     min(most, texts / 20, units / 2), and 0 below 20 units
///
/// Every unit holds a text, so `units / 2` of them can be drawn twice in any order.
public struct HoldOutRoom: Sendable, Equatable {
  /// The largest number that was asked for.
  public let most: Int
  /// Distinct texts, counted per unit, up to 20 times ``most``.
  public let texts: Int
  /// Units with a text that gives no context, up to twice ``most`` and at least up to ``fewestUnits``.
  public let units: Int
  /// Whether a field groups the records.
  public let isGrouped: Bool

  /// One text in this many is taken out, and one is marked.
  static let textsPerNonMember = 20
  /// With fewer units one of them would be a large part of the corpus.
  static let fewestUnits = 20

  /// How many texts are taken out.
  public var number: Int {
    guard units >= Self.fewestUnits else { return 0 }
    return min(most, texts / Self.textsPerNonMember, units / 2)
  }

  /// Why it is not ``most``; `nil` where it is.
  public var reason: String? {
    guard number < most else { return nil }
    if units < Self.fewestUnits {
      return "\(Self.count(units, isGrouped ? "group" : "distinct text")) in the corpus, and at "
        + "least \(Self.fewestUnits) are needed to take one out"
    }
    if units / 2 < texts / Self.textsPerNonMember {
      return "one per two of the \(Self.count(units, "group")) in the corpus"
    }
    return "one in \(Self.textsPerNonMember) of the "
      + "\(Self.count(texts, "distinct text"))\(isGrouped ? " in groups" : "") in the corpus"
  }

  private static func count(_ number: Int, _ word: String) -> String {
    "\(number) \(word)\(number == 1 ? "" : "s")"
  }
}

/// Counts texts and units, each up to what ``HoldOutRoom`` needs.
struct HoldOutCount {
  private let most: Int
  private let spare: Int
  private var texts: Set<UInt128> = []
  private var units: Set<UInt128> = []

  /// - Parameter spare: units that are drawn for something else.
  init(most: Int, spare: Int = 0) {
    self.most = most
    self.spare = spare
  }

  /// Takes note of a text.
  ///
  /// - Parameters:
  ///   - unit: the code of its unit.
  ///   - text: its own code, the unit's where the text is the unit.
  mutating func note(unit: UInt128, text: UInt128) {
    if units.count < max(2 * most, HoldOutRoom.fewestUnits) + spare { units.insert(unit) }
    if texts.count < most * HoldOutRoom.textsPerNonMember {
      // Both codes are uniform: a text of two groups counts twice, and no two others collide.
      texts.insert(unit &* 3 &+ text)
    }
  }

  func room(isGrouped: Bool) -> HoldOutRoom {
    HoldOutRoom(
      most: most, texts: texts.count, units: max(0, units.count - spare), isGrouped: isGrouped)
  }
}
