// Input files, given as a path or by a short name.

import Failures
import Files
import Foundation
import StrictYAML

struct InputFile {
  let name: String
  let text: String

  /// Accepts a path, or the short name of a file in `folder`: `smoke` is `Benchmarks/smoke.yaml`.
  init(_ given: String, in folder: String) throws {
    let short = "\(folder)/\(given).yaml"
    let isShort = !given.contains("/") && !given.hasSuffix(".yaml")
    name = isShort && FileManager.default.fileExists(atPath: short) ? short : given
    do {
      guard let text = try Files.text(of: name) else {
        throw UserError.input("\(name): the file is not UTF-8 text; save it as UTF-8")
      }
      self.text = text
    } catch let failure as FileError {
      guard failure.isAbsence else { throw failure }
      throw UserError.input(
        "\(failure), or use one of \(folder): \(Self.names(in: folder).joined(separator: ", "))")
    }
  }

  /// Reads a benchmark, with the files that it extends.
  static func benchmark(_ given: String) throws -> ExtendedDocument {
    let file = try InputFile(given, in: "Benchmarks")
    return try ExtendedDocument(file.text, name: file.name) { name in
      guard let text = try Files.text(of: name) else {
        throw UserError.input("\(name): the file is not UTF-8 text; save it as UTF-8")
      }
      return text
    }
  }

  /// The path of a file that another one names: relative to the current folder if it is below.
  static func beside(_ file: String, _ name: String) -> String {
    let path = URL(
      fileURLWithPath: name, relativeTo: URL(fileURLWithPath: file).deletingLastPathComponent()
    ).standardizedFileURL.path
    let here = FileManager.default.currentDirectoryPath + "/"
    return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
  }

  /// The short names of the YAML files in a folder.
  static func names(in folder: String) -> [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
  }
}
