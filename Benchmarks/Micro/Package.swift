// swift-tools-version: 6.2
import PackageDescription

// A separate package, so that building exportbench does not fetch its dependencies.
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
      path: "Benchmarks/Rows"),
    .executableTarget(
      name: "Hot",
      dependencies: [
        "Rows", .product(name: "Benchmark", package: "benchmark"),
        .product(name: "ExportbenchModules", package: "exportbench"),
      ],
      path: "Benchmarks/Hot",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    .executableTarget(
      name: "Counted",
      dependencies: ["Rows", .product(name: "ExportbenchModules", package: "exportbench")],
      path: "Benchmarks/Counted"),
  ],
  swiftLanguageModes: [.v6]
)
