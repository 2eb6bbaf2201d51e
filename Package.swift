// swift-tools-version: 6.2
import PackageDescription

// Every target compiles as Swift 6 and treats a warning as an error. In release builds a function may
// be inlined in another module: by default Swift offers `public` ones only, and these are `package`.
let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

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
  products: [.executable(name: "exportbench", targets: ["exportbench"])],
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
    module("Failures", ["Files"]),
    module("CSVRecords", ["Units"], settings: arithmetic),
    module("StrictYAML", ["Units", .product(name: "Yams", package: "Yams")]),
    module("HTTPTransport", ["CCurl"]),
    module("ClickHouseSQL", settings: arithmetic),
    module("ClickHouseClient", ["ClickHouseSQL", "HTTPTransport"]),
    module("NativeFormat", settings: arithmetic),
    module("Allocator", [.target(name: "CJemalloc", condition: .when(traits: ["Jemalloc"]))]),
    module("Parquet", ["Failures", "Files", "HTTPTransport"]),
    module(
      "Statistics", ["Units", .product(name: "Histogram", package: "hdrhistogram-swift")],
      settings: arithmetic),
    module("Engine", ["ClickHouseClient", "Files"], resources: [.copy("Engine")]),
    module(
      "ObservationGenerator", ["NativeFormat", "StrictYAML", "Units"],
      resources: [.embedInCode("Prose/words.txt"), .embedInCode("Prose/phrases.txt")],
      settings: arithmetic),
    module(
      "ExportPaths", ["ClickHouseClient", "ClickHouseSQL", "Failures", "Files", "Units"],
      resources: [.copy("SQL")]),
    module("Probes", ["Allocator", "ClickHouseClient", "HTTPTransport"]),
    module(
      "BenchmarkSpec",
      ["CSVRecords", "ExportPaths", "Failures", "Statistics", "StrictYAML", "Units"],
      settings: arithmetic),
    module(
      "RunStore", ["BenchmarkSpec", "CSVRecords", "ClickHouseSQL", "Failures", "Files", "Units"],
      settings: arithmetic),
    module(
      "Analysis",
      [
        "BenchmarkSpec", "CSVRecords", "Failures", "Files", "RunStore", "Statistics", "StrictYAML",
        "Units",
      ], settings: arithmetic),
    module(
      "CapacityModel", ["Analysis", "BenchmarkSpec", "CSVRecords", "RunStore", "Statistics"],
      settings: arithmetic),
    module(
      "Workspace",
      [
        "BenchmarkSpec", "ClickHouseClient", "ClickHouseSQL", "ExportPaths", "Failures", "Files",
        "HTTPTransport", "ObservationGenerator", "Probes", "RunStore", "Units",
      ]),
    module(
      "ExistingTables",
      [
        "ClickHouseClient", "ClickHouseSQL", "ExportPaths", "Failures", "ObservationGenerator",
        "RunStore", "Statistics", "Units", "Workspace",
      ]),
    module(
      "WindowExports",
      [
        "BenchmarkSpec", "ClickHouseClient", "ExistingTables", "ExportPaths", "Failures", "Files",
        "HTTPTransport", "Parquet", "Probes", "Units", "Workspace",
      ]),
    module(
      "RunSession",
      [
        "Analysis", "BenchmarkSpec", "ClickHouseClient", "Engine", "ExportPaths", "Failures",
        "ObservationGenerator", "Probes", "RunStore", "Units", "WindowExports", "Workspace",
      ]),
    module(
      "InsertBenchmark",
      [
        "BenchmarkSpec", "ClickHouseClient", "ExportPaths", "ObservationGenerator", "Probes",
        "RunSession", "RunStore", "Statistics", "Units", "Workspace",
      ]),
    module(
      "ExportBenchmark",
      [
        "Analysis", "BenchmarkSpec", "ClickHouseClient", "ClickHouseSQL", "ExistingTables",
        "ExportPaths", "Failures", "HTTPTransport", "InsertBenchmark", "ObservationGenerator",
        "Parquet", "Probes", "RunSession", "RunStore", "Statistics", "Units", "WindowExports",
        "Workspace",
      ]),
    module(
      "LoadTest",
      [
        "Analysis", "BenchmarkSpec", "ClickHouseClient", "ExportPaths", "Failures", "HTTPTransport",
        "InsertBenchmark", "ObservationGenerator", "Parquet", "Probes", "RunSession", "RunStore",
        "Units", "WindowExports", "Workspace",
      ]),
    module(
      "Backfill",
      [
        "ClickHouseClient", "ExistingTables", "Failures", "Probes", "RunSession", "RunStore",
        "Units", "WindowExports", "Workspace",
      ]),
    module(
      "Verification",
      [
        "ClickHouseClient", "ExistingTables", "ExportPaths", "Failures", "Files", "Parquet",
        "Statistics", "Units", "WindowExports", "Workspace",
      ]),
    module(
      "Profiling",
      [
        "ClickHouseClient", "ExistingTables", "Failures", "ObservationGenerator", "Probes",
        "RunStore", "Units", "Workspace",
      ]),
    module(
      "Doctor",
      ["ClickHouseClient", "ExportPaths", "Probes", "RunSession", "RunStore", "Units", "Workspace"]),
    module(
      "Reports",
      [
        "Analysis", "BenchmarkSpec", "CSVRecords", "CapacityModel", "ClickHouseSQL", "RunStore",
        "Statistics", "Units",
      ], resources: [.embedInCode("Page/report.css")]),
    module("CitedPages", ["Analysis", "Reports", "Units"]),
    module("ChartRenderer", ["Engine"], resources: [.copy("draw.py")]),
    .executableTarget(
      name: "exportbench",
      dependencies: [
        "Analysis", "Backfill", "BenchmarkSpec", "CSVRecords", "CapacityModel", "ChartRenderer",
        "CitedPages", "ClickHouseClient", "ClickHouseSQL", "Doctor", "Engine", "ExistingTables",
        "ExportBenchmark", "ExportPaths", "Failures", "Files", "LoadTest", "ObservationGenerator",
        "Parquet", "Probes", "Profiling", "Reports", "RunSession", "RunStore", "Statistics",
        "StrictYAML", "Units", "Verification", "WindowExports", "Workspace",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    tests(
      "BenchTests",
      [
        "Analysis", "Backfill", "BenchmarkSpec", "CSVRecords", "ClickHouseClient", "Doctor",
        "ExistingTables", "ExportBenchmark", "ExportPaths", "Failures", "InsertBenchmark",
        "LoadTest", "ObservationGenerator", "Parquet", "RunStore", "Statistics", "StrictYAML",
        "TestSupport", "Units", "Verification", "WindowExports", "Workspace",
      ]),
    tests("ClickHouseClientTests", ["Allocator", "ClickHouseClient", "TestSupport"]),
    tests("ClickHouseSQLTests", ["ClickHouseSQL"], settings: arithmetic),
    tests(
      "EndToEndTests",
      [
        "Analysis", "CSVRecords", "ClickHouseClient", "Engine", "ExistingTables", "ExportBenchmark",
        "RunStore", "Statistics", "TestSupport",
      ]),
    tests(
      "FaultInjectionTests",
      [
        "Analysis", "BenchmarkSpec", "CSVRecords", "CapacityModel", "ClickHouseClient", "Engine",
        "ExportBenchmark", "ExportPaths", "LoadTest", "ObservationGenerator", "Reports", "RunStore",
        "Statistics", "StrictYAML", "TestSupport", "Units", "Workspace",
      ]),
    tests("FilesTests", ["Files", "TestSupport"]),
    tests("HTTPTransportTests", ["HTTPTransport", "TestSupport"]),
    tests(
      "IntegrationTests",
      [
        "Analysis", "Backfill", "BenchmarkSpec", "CSVRecords", "ClickHouseClient", "ClickHouseSQL",
        "Engine", "ExistingTables", "ExportBenchmark", "ExportPaths", "Failures", "InsertBenchmark",
        "LoadTest", "ObservationGenerator", "Parquet", "Probes", "Profiling", "RunSession",
        "RunStore", "Statistics", "TestSupport", "Units", "Verification", "WindowExports",
        "Workspace",
      ]),
    tests("NativeFormatTests", ["NativeFormat"]),
    tests(
      "ObservationGeneratorTests",
      ["Allocator", "Analysis", "ObservationGenerator", "StrictYAML", "Units"], settings: arithmetic
    ),
    tests(
      "ReportsTests",
      [
        "Analysis", "BenchmarkSpec", "CSVRecords", "CapacityModel", "CitedPages", "Reports",
        "RunStore", "Units",
      ]),
    tests(
      "ResultsTests",
      [
        "Analysis", "BenchmarkSpec", "CSVRecords", "CapacityModel", "RunStore", "Statistics",
        "Units",
      ], settings: arithmetic),
    tests("StrictYAMLTests", ["StrictYAML", "Units"]),
    tests("TidyTests", []),
    tests("UnitsTests", ["Units"]),
  ],
  swiftLanguageModes: [.v6]
)

// The micro-benchmarks read `package` declarations, so they are targets of this package. Only
// scripts/micro sets the variable: nobody else fetches and builds what they depend on.
if Context.environment["EXPORTBENCH_MICRO"] != nil {
  package.dependencies.append(
    .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []))
  package.targets += [
    .target(
      name: "Rows", dependencies: ["ObservationGenerator", "Units"],
      path: "Benchmarks/Micro/Benchmarks/Rows", swiftSettings: strict),
    .executableTarget(
      name: "Hot",
      dependencies: [
        "Allocator", "CSVRecords", "ClickHouseClient", "NativeFormat",
        "ObservationGenerator", "Rows", "RunStore", "Statistics", "TestSupport",
        .product(name: "Benchmark", package: "benchmark"),
      ],
      path: "Benchmarks/Micro/Benchmarks/Hot", swiftSettings: strict,
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    .executableTarget(
      name: "Counted", dependencies: ["NativeFormat", "ObservationGenerator", "Rows"],
      path: "Benchmarks/Micro/Benchmarks/Counted", swiftSettings: strict),
  ]
}
