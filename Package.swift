// swift-tools-version: 6.2
import PackageDescription

// Every target of ours compiles as Swift 6 and treats a warning as an error.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

// Pure arithmetic, of which tests simulate and generate a lot: optimized in debug builds as well, or
// the unit tests take minutes instead of seconds.
let arithmetic: [SwiftSetting] =
  strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

func room(
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
    exclude: ["ReportsTests": ["Goldens"], "WeatherTests": ["Clock"]][name] ?? [],
    swiftSettings: settings)
}

let package = Package(
  name: "exportbench",
  products: [
    .executable(name: "exportbench", targets: ["exportbench"]),
    // For Benchmarks/Micro, and nobody else.
    .library(
      name: "ExportbenchRooms",
      targets: [
        "Allocator", "ClickHouse", "Native", "Observations", "Results", "TestSupport", "Units",
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

    room("Files"),
    room("Units"),
    room("Documents", ["Units", .product(name: "Yams", package: "Yams")]),
    room("Native", settings: arithmetic),
    room("ClickHouseSQL", settings: arithmetic),
    room("Allocator", [.target(name: "CJemalloc", condition: .when(traits: ["Jemalloc"]))]),
    room("Transport", ["CCurl"]),
    room("ClickHouse", ["ClickHouseSQL", "Transport"]),
    room("Server", ["ClickHouse", "Files"], resources: [.copy("Engine")]),
    room("Observations", ["Documents", "Native", "Units"], settings: arithmetic),
    room("Exports", ["ClickHouseSQL", "Files", "Units"], resources: [.copy("SQL")]),
    room("Probes", ["Allocator", "ClickHouse", "Transport"]),
    room(
      "Results",
      ["ClickHouseSQL", "Units", .product(name: "Histogram", package: "hdrhistogram-swift")],
      settings: arithmetic),
    room(
      "Bench",
      [
        "ClickHouse", "ClickHouseSQL", "Documents", "Exports", "Files", "Observations", "Probes",
        "Results",
        "Server", "Transport", "Units",
      ]),
    room(
      "Reports", ["ClickHouseSQL", "Results", "Units"], resources: [.embedInCode("Page/report.css")]
    ),
    room("Drawing", ["Server"], resources: [.copy("draw.py")]),
    .executableTarget(
      name: "exportbench",
      dependencies: [
        "Bench", "ClickHouse", "ClickHouseSQL", "Documents", "Drawing", "Exports", "Files",
        "Observations", "Probes",
        "Reports", "Results", "Server", "Units",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    tests("FilesTests", ["Files", "TestSupport"]),
    tests("UnitsTests", ["Units"]),
    tests("DocumentsTests", ["Documents", "Units"]),
    tests("NativeTests", ["Native"]),
    tests("ClickHouseSQLTests", ["ClickHouseSQL"], settings: arithmetic),
    tests("TransportTests", ["Transport", "TestSupport"]),
    tests("ClickHouseTests", ["Allocator", "ClickHouse", "TestSupport"]),
    tests(
      "ObservationsTests", ["Allocator", "Observations", "Documents", "Native", "Units"],
      settings: arithmetic),
    tests("ResultsTests", ["Results", "Units"], settings: arithmetic),
    tests("ReportsTests", ["Reports", "Results", "Units"]),
    tests(
      "BenchTests",
      [
        "Bench", "ClickHouse", "Documents", "Exports", "Observations", "Results", "TestSupport",
        "Units",
      ]),
    tests(
      "ServerTests",
      [
        "Bench", "ClickHouse", "ClickHouseSQL", "Exports", "Observations", "Probes", "Results",
        "Server",
        "TestSupport", "Units",
      ]),
    tests(
      "WeatherTests",
      [
        "Bench", "ClickHouse", "Documents", "Exports", "Observations", "Reports", "Results",
        "Server", "TestSupport", "Units",
      ]),
    tests("CommandTests", ["ClickHouse", "Results", "Server", "TestSupport"]),
    tests("TidyTests", []),
  ],
  swiftLanguageModes: [.v6]
)
