// swift-tools-version: 6.2
import Foundation
import PackageDescription

// A separate package, so that building exportbench does not fetch its dependencies. The modules
// have `package` access, and Swift names a package after its folder.
let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .appendingPathComponent("../..").standardized.lastPathComponent
let member: [SwiftSetting] = [.unsafeFlags(["-package-name", folder.lowercased()])]

let package = Package(
  name: "micro",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "exportbench", path: "../.."),
    .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []),
  ],
  targets: [
    .target(
      name: "Rows",
      dependencies: [.product(name: "ExportbenchModules", package: "exportbench")],
      path: "Benchmarks/Rows", swiftSettings: member),
    .executableTarget(
      name: "Hot",
      dependencies: [
        "Rows", .product(name: "Benchmark", package: "benchmark"),
        .product(name: "ExportbenchModules", package: "exportbench"),
      ],
      path: "Benchmarks/Hot", swiftSettings: member,
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    .executableTarget(
      name: "Counted",
      dependencies: ["Rows", .product(name: "ExportbenchModules", package: "exportbench")],
      path: "Benchmarks/Counted", swiftSettings: member),
  ],
  swiftLanguageModes: [.v6]
)
