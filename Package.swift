// swift-tools-version: 6.2
import PackageDescription

// Every target of ours compiles as Swift 6 and treats a warning as an error.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

// Pure arithmetic, of which tests simulate and generate a lot: optimized in debug builds as well, or
// the unit tests take minutes instead of seconds.
let arithmetic: [SwiftSetting] =
  strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

func module(
  _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = [],
  settings: [SwiftSetting] = strict
) -> Target {
  .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], settings: [SwiftSetting] = strict
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies,
    exclude: ["ReportsTests": ["Goldens"], "FaultInjectionTests": ["Clock"]][name] ?? [],
    swiftSettings: settings)
}

let package = Package(
  name: "exportbench",
  products: [
    .executable(name: "exportbench", targets: ["exportbench"]),
    // For Benchmarks/Micro, and nobody else.
    .library(
      name: "ExportbenchModules",
      targets: [
        "Allocator", "ClickHouseClient", "NativeFormat", "ObservationGenerator", "Results", "TestSupport", "Units",
      ]),
  ],
  traits: [
    .default(enabledTraits: ["Jemalloc"]),
    .trait(
      name: "Jemalloc",
      description:
        "Link jemalloc and report its figures; off for the address and thread sanitizers."
    ),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(
      name: "CJemalloc", pkgConfig: "jemalloc", providers: [.apt(["libjemalloc-dev"])]),

    module("Files"),
    module("Units"),
    module("StrictYAML", ["Units", .product(name: "Yams", package: "Yams")]),
    module("NativeFormat", settings: arithmetic),
    module("ClickHouseSQL", settings: arithmetic),
    module("Allocator", [.target(name: "CJemalloc", condition: .when(traits: ["Jemalloc"]))]),
    module("HTTPTransport", ["CCurl"]),
    module("ClickHouseClient", ["ClickHouseSQL", "HTTPTransport"]),
    module("Engine", ["ClickHouseClient", "Files"], resources: [.copy("Engine")]),
    module("ObservationGenerator", ["StrictYAML", "NativeFormat", "Units"], settings: arithmetic),
    module("ExportPaths", ["ClickHouseSQL", "Files", "Units"], resources: [.copy("SQL")]),
    module("Probes", ["Allocator", "ClickHouseClient", "HTTPTransport"]),
    module(
      "Results",
      ["ClickHouseSQL", "Units", .product(name: "Histogram", package: "hdrhistogram-swift")],
      settings: arithmetic),
    module(
      "Bench",
      [
        "ClickHouseClient", "ClickHouseSQL", "StrictYAML", "ExportPaths", "Files", "ObservationGenerator", "Probes",
        "Results",
        "Engine", "HTTPTransport", "Units",
      ]),
    module(
      "Reports", ["ClickHouseSQL", "Results", "Units"], resources: [.embedInCode("Page/report.css")]
    ),
    module("ChartRenderer", ["Engine"], resources: [.copy("draw.py")]),
    .executableTarget(
      name: "exportbench",
      dependencies: [
        "Bench", "ClickHouseClient", "ClickHouseSQL", "StrictYAML", "ChartRenderer", "ExportPaths", "Files",
        "ObservationGenerator", "Probes",
        "Reports", "Results", "Engine", "Units",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    tests("FilesTests", ["Files", "TestSupport"]),
    tests("UnitsTests", ["Units"]),
    tests("StrictYAMLTests", ["StrictYAML", "Units"]),
    tests("NativeFormatTests", ["NativeFormat"]),
    tests("ClickHouseSQLTests", ["ClickHouseSQL"], settings: arithmetic),
    tests("HTTPTransportTests", ["HTTPTransport", "TestSupport"]),
    tests("ClickHouseClientTests", ["Allocator", "ClickHouseClient", "TestSupport"]),
    tests(
      "ObservationGeneratorTests", ["Allocator", "ObservationGenerator", "StrictYAML", "NativeFormat", "Units"],
      settings: arithmetic),
    tests("ResultsTests", ["Results", "Units"], settings: arithmetic),
    tests("ReportsTests", ["Reports", "Results", "Units"]),
    tests(
      "BenchTests",
      [
        "Bench", "ClickHouseClient", "StrictYAML", "ExportPaths", "ObservationGenerator", "Results", "TestSupport",
        "Units",
      ]),
    tests(
      "IntegrationTests",
      [
        "Bench", "ClickHouseClient", "ClickHouseSQL", "ExportPaths", "ObservationGenerator", "Probes", "Results",
        "Engine",
        "TestSupport", "Units",
      ]),
    tests(
      "FaultInjectionTests",
      [
        "Bench", "ClickHouseClient", "StrictYAML", "ExportPaths", "ObservationGenerator", "Reports", "Results",
        "Engine", "TestSupport", "Units",
      ]),
    tests("EndToEndTests", ["ClickHouseClient", "Results", "Engine", "TestSupport"]),
    tests("TidyTests", []),
  ],
  swiftLanguageModes: [.v6]
)
