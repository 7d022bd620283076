// swift-tools-version: 6.1
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// A package of its own, so that no build of coalmine compiles it.
let package = Package(
  name: "statistics-benchmark",
  dependencies: [.package(name: "coalmine", path: "../..")],
  targets: [
    .executableTarget(
      name: "StatisticsBenchmark",
      dependencies: [.product(name: "CoalmineStatistics", package: "coalmine")],
      swiftSettings: [.swiftLanguageMode(.v6)])
  ]
)
