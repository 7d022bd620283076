// swift-tools-version: 6.1
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// The layers of Sources/README.md, bottom up. A target imports only what its line names: the check
// command builds with `--explicit-target-dependency-import-check error`, and a test reads the
// import lines.

let settings: [SwiftSetting] = [.swiftLanguageMode(.v6)]

func library(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [],
  plugins: [Target.PluginUsage] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings,
    plugins: plugins)
}

func tests(
  _ subject: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
  .testTarget(
    name: "\(subject)Tests",
    dependencies: dependencies + [.byName(name: subject), "CoalmineTesting"],
    resources: resources, swiftSettings: settings)
}

let nio: [Target.Dependency] = [
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOPosix", package: "swift-nio"),
  .product(name: "NIOHTTP1", package: "swift-nio"),
]

/// `COALMINE_TESTS=CoalmineSeeding swift test` builds the tests of that target alone.
let onlyTests = Context.environment["COALMINE_TESTS"].map { "\($0)Tests" }

let package = Package(
  name: "coalmine",
  products: [
    .library(name: "Coalmine", targets: ["Coalmine"]),
    .library(name: "CoalmineStatistics", targets: ["CoalmineStatistics"]),
    .executable(name: "coalmine", targets: ["CoalmineCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // Layer 0: system libraries, C and C++ that Swift cannot say as fast.
    .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
    .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
    .target(name: "CZstd", linkerSettings: [.linkedLibrary("zstd")]),
    .target(name: "CCrypto", linkerSettings: [.linkedLibrary("crypto")]),
    .target(name: "CSuffixArray", linkerSettings: [.linkedLibrary("divsufsort")]),
    .target(
      name: "CJSON",
      linkerSettings: [.linkedLibrary("simdjson"), .linkedLibrary("stdc++"), .linkedLibrary("m")]),
    .target(name: "CBytes"),
    .target(name: "CSQLite", linkerSettings: [.linkedLibrary("sqlite3")]),

    // Layer 1: numbers and bytes.
    library("CoalmineStatistics", []),
    library("CoalmineBytes", ["CJSON", "CBytes", "CZlib", "CZstd", "CCrypto"]),

    // Layer 2: the nouns.
    library("CoalmineCore", ["CoalmineStatistics", "CoalmineBytes", "CBytes"]),

    // Layer 3: one job each, siblings that meet through CoalmineCore.
    .executableTarget(name: "EmbedTool", swiftSettings: settings),
    .plugin(name: "EmbedPlugin", capability: .buildTool(), dependencies: ["EmbedTool"]),
    library(
      "CoalmineCatalogue",
      [
        "CoalmineCore", "CoalmineStatistics", "CoalmineBytes",
        .product(name: "Yams", package: "Yams"),
      ],
      plugins: [.plugin(name: "EmbedPlugin")]),
    library("CoalmineSeeding", ["CoalmineCore", "CoalmineStatistics", "CoalmineBytes"]),
    library("CoalmineEndpoints", ["CoalmineCore", "CoalmineStatistics", "CoalmineBytes", "CCurl"]),
    library(
      "CoalmineLedger",
      [
        "CoalmineCore", "CoalmineStatistics", "CoalmineBytes",
        .product(name: "GRDB", package: "GRDB.swift"), "CSQLite",
      ]),
    library("CoalmineScanning", ["CoalmineBytes", "CBytes"]),
    library("CoalmineScoring", ["CoalmineCore", "CoalmineStatistics", "CoalmineBytes"]),
    library(
      "CoalmineReporting",
      [
        "CoalmineCore", "CoalmineStatistics", "CoalmineBytes",
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      exclude: ["Templates"],
      plugins: [.plugin(name: "EmbedPlugin")]),
    library("CoalmineDemoModel", ["CoalmineStatistics", "CoalmineBytes", "CSuffixArray"]),

    // Layer 4: the verbs.
    library(
      "CoalmineStudy",
      [
        "CoalmineCore", "CoalmineStatistics", "CoalmineBytes", "CoalmineCatalogue",
        "CoalmineSeeding", "CoalmineLedger", "CoalmineScanning", "CoalmineScoring",
        "CoalmineReporting",
      ]),
    library(
      "CoalmineProbing",
      [
        "CoalmineCore", "CoalmineStatistics", "CoalmineBytes", "CoalmineCatalogue",
        "CoalmineEndpoints", "CoalmineLedger",
      ]),
    library("CoalmineServing", ["CoalmineDemoModel", "CoalmineStatistics", "CoalmineBytes"] + nio),

    // Layers 5 and 6: the public surface and the program.
    library(
      "Coalmine",
      [
        "CoalmineCore", "CoalmineStatistics", "CoalmineBytes", "CoalmineCatalogue",
        "CoalmineSeeding", "CoalmineEndpoints", "CoalmineLedger", "CoalmineScoring",
        "CoalmineReporting", "CoalmineDemoModel", "CoalmineStudy", "CoalmineProbing",
        "CoalmineServing",
      ]),
    .executableTarget(
      name: "CoalmineCommand",
      dependencies: [
        "Coalmine", "CoalmineCore",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["Corpus"],
      swiftSettings: settings,
      // The linker leaves out what only a debugger reads, over half of the file. The names of
      // functions stay, for the backtrace of a crash.
      linkerSettings: [.unsafeFlags(["-Xlinker", "-S"], .when(configuration: .release))],
      plugins: [.plugin(name: "EmbedPlugin")]),

    // Tests, one target per target; `CoalmineCommandTests` holds what needs the whole program.
    // `CoalmineTesting` is what several of them share. It imports no other target, so that the
    // tests of every layer can use it.
    .target(name: "CoalmineTesting", path: "Tests/CoalmineTesting", swiftSettings: settings),
    tests(
      "CoalmineStatistics", ["CoalmineBytes"], resources: [.copy("ReferenceVectors")]),
    tests("CoalmineBytes"),
    tests("CoalmineCore", ["CBytes"]),
    tests(
      "CoalmineLedger",
      [
        "CoalmineBytes", "CoalmineCore", .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    tests("CoalmineDemoModel", ["CoalmineStatistics"]),
    tests(
      "CoalmineEndpoints", ["CoalmineCore", "CoalmineStatistics", "CoalmineBytes"],
      resources: [.copy("Captures")]),
    tests("CoalmineCatalogue", ["CoalmineCore"], resources: [.copy("Vectors")]),
    tests(
      "CoalmineSeeding", ["CoalmineCore", "CoalmineStatistics", "CoalmineBytes"]),
    tests("CoalmineScanning", ["CBytes"]),
    tests(
      "CoalmineScoring",
      ["CoalmineCore", "CoalmineStatistics", "CoalmineBytes", "CoalmineReporting"]),
    tests(
      "CoalmineReporting", ["CoalmineCore", "CoalmineStatistics", "CoalmineBytes"],
      resources: [.copy("Goldens")]),
    tests(
      "CoalmineProbing",
      [
        "CoalmineBytes", "CoalmineCatalogue", "CoalmineCore", "CoalmineEndpoints",
        "CoalmineLedger", "CoalmineStatistics",
      ]),
    tests("CoalmineServing", ["CoalmineBytes", "CoalmineDemoModel"]),
    tests(
      "CoalmineStudy",
      [
        "CoalmineBytes", "CoalmineCatalogue", "CoalmineCore", "CoalmineLedger",
        "CoalmineReporting", "CoalmineScanning", "CoalmineScoring", "CoalmineSeeding",
        "CoalmineStatistics",
      ]),
    tests(
      "CoalmineCommand",
      [
        "CBytes", "Coalmine", "CoalmineBytes", "CoalmineCatalogue", "CoalmineCore",
        "CoalmineLedger", "CoalmineDemoModel", "CoalmineScoring", "CoalmineSeeding",
        "CoalmineServing", "CoalmineStatistics", "CoalmineStudy",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Yams", package: "Yams"),
      ]),
  ],
  cxxLanguageStandard: .cxx17
)

if let onlyTests { package.targets.removeAll { $0.type == .test && $0.name != onlyTests } }
