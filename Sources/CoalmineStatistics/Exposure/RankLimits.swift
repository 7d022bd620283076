// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What the upper ends of a rank search may rest on.
public enum RankCertificate: Sendable {
  /// Probabilities below a path sum to no more than its own: a path can hold at most ⌊e^(A − L_c)⌋
  /// candidates as likely as the canary, and unlisted symbols share what their row has left. Needs
  /// normalised rows.
  case mass
  /// Only that no continuation is more likely than its path: every candidate below an open path
  /// counts.
  case monotony
}

/// Two counts: of candidates that are more likely, and of those that are more likely or tied.
struct RankCounts: Sendable {
  var optimistic: UInt128 = 0
  var conservative: UInt128 = 0

  mutating func add(_ other: RankCounts) {
    optimistic += other.optimistic
    conservative += other.conservative
  }

  mutating func subtract(_ other: RankCounts) {
    optimistic -= other.optimistic
    conservative -= other.conservative
  }

  /// All candidates below some branches.
  ///
  /// Spaces stay below 2^126 so that no sum of counts overflows: open paths are disjoint.
  static func total(_ branches: [CandidateBranch]) throws(StatisticsError) -> UInt128 {
    var sum: UInt128 = 0
    for branch in branches {
      guard branch.candidates > 0, branch.candidates <= 1 << 125,
        !branch.isEnd || branch.candidates == 1
      else { throw .parameter("a branch has an impossible number of candidates") }
      sum += branch.candidates
      guard sum <= 1 << 125 else { throw .parameter("the space is larger than 2^125") }
    }
    return sum
  }
}

/// The canary's log-probability, and how many candidates of a path can reach it.
struct RankLimits: Sendable {
  let canary: Double
  let tieEpsilon: Double
  let certificate: RankCertificate
  let rowError: Double

  /// The most that a path can add to both counts.
  func most(_ node: OpenPath) -> RankCounts {
    var counts = RankCounts()
    // Members of a group are bounded alike: one is above the limit where all are.
    if node.bound > canary + tieEpsilon {
      counts.optimistic = most(node, reaching: canary)
    }
    if node.bound >= canary - tieEpsilon {
      counts.conservative = max(
        counts.optimistic, most(node, reaching: canary - tieEpsilon))
    }
    return counts
  }

  private func most(_ node: OpenPath, reaching limit: Double) -> UInt128 {
    guard certificate == .mass else { return node.others }
    // Where the canary itself lies below, it takes its share.
    let share = exp(min(node.together - limit, 700)) * (1 + 1e-12) + 1e-9
    let room = max(0, share.rounded(.down) - (node.holdsCanary ? 1 : 0))
    return room >= Double(node.others) ? node.others : min(node.others, UInt128(room))
  }

  /// How likely an unlisted symbol can be, alone and with all others that are not listed.
  struct Unlisted {
    let each: Double
    let together: Double
  }

  /// - Throws: `nan`, `invalid_logprob` for a value above 1e-6 or a row that sums to more than 1.
  func unlisted(_ row: NextSymbolRow) throws(StatisticsError) -> Unlisted {
    // In order of size, so that the sum does not depend on the order of a dictionary.
    var listed: [Double] = []
    for value in row.logProbabilities.values { listed.append(try Exposure.checked(value)) }
    let sum = listed.sorted().reduce(0) { $0 + exp($1) }
    guard sum <= 1 + rowError + 1e-6 || certificate == .monotony else {
      throw StatisticsError(code: "invalid_logprob", "a row's probabilities sum to more than 1")
    }
    guard case .atMost(let least) = row.unlisted else {
      return Unlisted(each: -.infinity, together: -.infinity)
    }
    let rest = log(max(0, 1 - sum) + rowError)
    return Unlisted(each: min(try Exposure.checked(least), rest), together: min(0, rest))
  }
}
