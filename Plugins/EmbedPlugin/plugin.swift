// SPDX-License-Identifier: Apache-2.0

import Foundation
import PackagePlugin

/// Puts the files of some folders into a target as string literals, so that the program needs no
/// data beside its binary.
///
/// The catalogue gets the top-level folders of canary kinds, probe sets, prices, regulation and fine-tuning; any other
/// target gets those of ``ownFolders`` that lie in its directory. Folders are listed at every build: a file
/// that was added or removed changes the command, and the command runs again.
@main
struct EmbedPlugin: BuildToolPlugin {
  /// Folders at the top of the package, by target.
  private static let topLevelFolders = [
    "CoalmineCatalogue": ["canaries", "probe-sets", "prices", "regulations", "fine-tuning"]
  ]
  /// Folders inside a target's directory.
  private static let ownFolders = ["Templates", "Corpus"]

  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    let package = context.package.directoryURL
    // An enumerator does not enter a folder that is itself a link.
    let folders =
      ((Self.topLevelFolders[target.name] ?? []).map { package.appending(path: $0) }
      + Self.ownFolders.map { target.directoryURL.appending(path: $0) })
      .map { $0.resolvingSymlinksInPath() }
    let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedFiles.swift")
    var arguments = [output.path]
    var inputs: [URL] = []
    for folder in folders {
      guard let names = FileManager.default.enumerator(atPath: folder.path) else { continue }
      let files = names.compactMap { $0 as? String }.filter { isEmbedded($0, in: folder) }.sorted()
      guard !files.isEmpty else { continue }
      arguments += ["--folder", folder.path] + files
      inputs += files.map { folder.appending(path: $0) }
    }
    guard !inputs.isEmpty else { return [] }
    return [
      .buildCommand(
        displayName: "Embedding \(inputs.count) files into \(target.name)",
        executable: try context.tool(named: "EmbedTool").url, arguments: arguments,
        inputFiles: inputs, outputFiles: [output])
    ]
  }

  /// Everything but folders, hidden files and the pages that explain a folder to people.
  private func isEmbedded(_ name: String, in folder: URL) -> Bool {
    var isFolder: ObjCBool = false
    let path = folder.appending(path: name).path
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return false }
    return !isFolder.boolValue && !name.split(separator: "/").contains { $0.hasPrefix(".") }
      && name.split(separator: "/").last != "README.md"
  }
}
