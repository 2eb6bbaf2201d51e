// The way to a server: TLS with an authority of one's own, and proxies in between.

import ClickHouseClient
import Engine
import Foundation
import RunStore
import TestSupport
import Testing

extension EndToEndTests {
  /// Needs the `openssl` command, and says so where there is none.
  @Suite(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: Certificates.openssl),
      "openssl is not installed"))
  struct TLSTests {
    private let scratch = Scratch()

    @Test func aServerIsTrustedByAnAuthorityOfOnesOwn() async throws {
      let certificates = try Certificates(in: scratch)
      let server = try await startEngine(certificates.good)
      defer { server.stop() }
      let environment = [
        "CLICKHOUSE_URL": "https://127.0.0.1:\(server.tlsPort)", "CLICKHOUSE_USER": "default",
        "CLICKHOUSE_PASSWORD": server.password,
      ]
      let data = TinyBenchmark(repeats: 1).write(to: scratch)
      let authority = ["--ca-file", certificates.authority]
      for arguments in [
        ["run", data, "--output", scratch.path("run")] + authority,
        ["generate", scratch.path("tiny-data.yaml"), "--database", "made"] + authority,
        ["verify", "--database", "made", "--gate"] + authority,
      ] {
        let result = try await Program.run(arguments, environment: environment)
        #expect(result.ending == .exit(0), "\(arguments[0]): \(result.remarks)")
      }
      #expect(try manifest(scratch.path("run")).engine.url.contains("https://"))
      let show = ["verify", "--database", "made", "--checks", "drift"]
      for variable in ["CURL_CA_BUNDLE", "SSL_CERT_FILE"] {
        let result = try await Program.run(
          show, environment: environment.merging([variable: certificates.authority]) { $1 })
        #expect(result.ending == .exit(0), "\(variable): \(result.remarks)")
      }
      // Through a proxy it is the server's certificate that is looked at, and the name is its own.
      let proxy = ReverseProxy(to: server.tlsPort)
      defer { proxy.close() }
      let far = try await Program.run(
        show + authority,
        environment: environment.merging([
          "CLICKHOUSE_URL": "https://clickhouse.invalid",
          "https_proxy": "http://127.0.0.1:\(proxy.port)",
        ]) { $1 })
      #expect(far.ending == .exit(0), "\(far.remarks)")
      #expect(proxy.heads.first?.hasPrefix("CONNECT clickhouse.invalid:8443 ") == true)
      #expect(proxy.heads.allSatisfy { !$0.contains(server.password) })
      let unreadable = try await Program.run(
        show, environment: environment.merging(["SSL_CERT_FILE": "/nope"]) { $1 })
      #expect(unreadable.ending == .exit(64))
      #expect(
        unreadable.remarks == "exportbench: SSL_CERT_FILE: cannot read /nope: No such file or "
          + "directory; check the path; give a PEM file\n")
      for options in [[], ["--ca-file", certificates.otherAuthority]] {
        let stranger = try await Program.run(show + options, environment: environment)
        expect(stranger, "https://127.0.0.1:\(server.tlsPort)", "name the authority's certificate")
      }
    }

    @Test func aCertificateThatIsWrongIsToldWhy() async throws {
      let certificates = try Certificates(in: scratch)
      for (certificate, remedy) in [
        (certificates.expired, "the server's certificate has to be renewed, or a clock is wrong"),
        (certificates.otherHost, "use the name that the server's certificate is made out to"),
      ] {
        let port = unusedPort()
        let server = Process()
        server.executableURL = URL(fileURLWithPath: Certificates.openssl)
        server.arguments = [
          "s_server", "-accept", "127.0.0.1:\(port)", "-key", certificates.key, "-cert",
          certificate, "-www",
        ]
        server.standardInput = FileHandle.nullDevice
        server.standardOutput = FileHandle.nullDevice
        server.standardError = FileHandle.nullDevice
        try server.run()
        // It takes no notice of SIGTERM, which the tests' own process has blocked.
        defer { kill(server.processIdentifier, SIGKILL) }
        let url = "https://127.0.0.1:\(port)"
        var result = try await show(url, certificates)
        try await eventually("openssl listens") {
          result = try await show(url, certificates)
          return !result.remarks.contains("cannot connect")
        }
        expect(result, url, remedy)
      }
    }

    private func show(_ url: String, _ certificates: Certificates) async throws -> Program.Result {
      try await Program.run([
        "verify", "--database", "made", "--url", url, "--ca-file", certificates.authority,
      ])
    }

    private func expect(_ result: Program.Result, _ url: String, _ remedy: String) {
      #expect(result.ending == .exit(69))
      #expect(result.remarks.split(separator: "\n").count == 1, "\(result.remarks)")
      #expect(result.remarks.hasPrefix("exportbench: no trusted TLS connection to \(url)/"))
      #expect(result.remarks.contains("; \(remedy)"), "\(result.remarks)")
    }

    private struct Running {
      let server: EmbeddedServer
      let tlsPort: Int
      var password: String { server.password }
      func stop() { server.stop() }
    }

    private func startEngine(_ certificate: (file: String, key: String)) async throws -> Running {
      let port = unusedPort()
      let server = try await EmbeddedServer.start(
        try Engine.find(Engine.defaultVersion), folder: scratch.path("engine"), keep: false,
        settings: [
          "https_port": "\(port)", "openSSL.server.certificateFile": certificate.file,
          "openSSL.server.privateKeyFile": certificate.key,
        ], supervisor: Program.path)
      return Running(server: server, tlsPort: port)
    }
  }

  @Suite struct ProxyTests {
    private let scratch = Scratch()

    /// The shared server's environment, at another address.
    private func environment(
      _ url: String, _ more: [String: String] = [:]
    ) async throws -> [String: String] {
      try await Shared.environment.merging(["CLICKHOUSE_URL": url]) { $1 }.merging(more) { $1 }
    }

    @Test func aPathPrefixAndAProxyOfTheEnvironment() async throws {
      let proxy = ReverseProxy(
        to: try await Shared.server.endpoint.port, prefix: "/warehouse/clickhouse")
      defer { proxy.close() }
      let data = TinyBenchmark(repeats: 1).write(to: scratch)
      let direct = try await environment(
        "http://127.0.0.1:\(proxy.port)/warehouse/clickhouse/",
        ["http_proxy": "http://127.0.0.1:1"])
      let run = try await Program.run(
        ["run", data, "--output", scratch.path("run")], environment: direct)
      #expect(run.ending == .exit(0), "loopback goes through no proxy: \(run.remarks)")
      let samples = try wholeRows(Sample.self, scratch.path("run/samples.csv"))
      #expect(samples.allSatisfy { $0.status == .ok && $0.memoryPeakBytes != nil })

      let far = try await environment(
        "http://clickhouse.invalid/warehouse/clickhouse",
        ["http_proxy": "http://127.0.0.1:\(proxy.port)"])
      for arguments in [
        ["generate", scratch.path("tiny-data.yaml"), "--database", "made"],
        ["verify", "--database", "made", "--gate"],
      ] {
        let result = try await Program.run(arguments, environment: far)
        #expect(result.ending == .exit(0), "\(arguments[0]): \(result.remarks)")
      }
      #expect(
        proxy.heads.contains {
          $0.hasPrefix("POST http://clickhouse.invalid:8123/warehouse/clickhouse/?")
        })
      #expect(proxy.heads.allSatisfy { !$0.lowercased().contains("accept-encoding") })
      try await Administrator().run("DROP DATABASE made SYNC")

      let lost = try await Program.run(
        ["verify", "--database", "made"],
        environment: try await environment("http://127.0.0.1:\(proxy.port)/elsewhere"))
      #expect(lost.ending == .exit(69))
      #expect(lost.remarks.contains("answered with status 404, and not like ClickHouse"))
    }

    /// The answer to an insert is lost after the server has written it.
    @Test(arguments: [0, 100]) func anInsertIsRepeatedOnlyWhereItIsKnownAgain(
      window: Int
    ) async throws {
      let admin = try await Administrator()
      let proxy = ReverseProxy(to: admin.server.endpoint.port)
      defer { proxy.close() }
      _ = TinyBenchmark().write(to: scratch)
      let load = [
        "generate", scratch.path("tiny-data.yaml"), "--database", "flaky", "--rows-per-insert",
        "50", "--workers", "1",
      ]
      // The tables first, so that their window can be set before the load that counts.
      let made = try await Program.run(
        ["migrate", "up", "--database", "flaky"], environment: try await Shared.environment)
      #expect(made.ending == .exit(0))
      let tables = try await admin.values(
        """
        SELECT name AS value FROM system.tables
        WHERE database = 'flaky' AND engine LIKE '%MergeTree'
        """)
      #expect(tables.count == 2)
      for table in tables {
        try await admin.run(
          """
          ALTER TABLE flaky.`\(table)`
          MODIFY SETTING non_replicated_deduplication_window = \(window)
          """)
        try await admin.run("SYSTEM STOP MERGES flaky.`\(table)`")
      }
      proxy.loseAnswers(2)
      let result = try await Program.run(
        load, environment: try await environment("http://127.0.0.1:\(proxy.port)"))
      let inserts = proxy.heads.filter {
        $0.contains("query=INSERT") && !$0.contains("exportbench_loads")
      }
      func count(_ table: String, _ what: String) async throws -> Int {
        try await admin.values(
          "SELECT toInt64(\(what)) AS value FROM flaky.`\(table)`", as: Int.self
        ).first ?? -1
      }
      if window == 0 {
        #expect(result.ending == .exit(69), "\(result.remarks)")
        #expect(inserts.count == 1 && !inserts[0].contains("insert_deduplication_token"))
      } else {
        #expect(result.ending == .exit(0), "\(result.remarks)")
        #expect(
          result.remarks.contains(
            "retried 2 inserts without a response, with their "
              + "deduplication tokens"))
        let rows = try #require(
          result.output.firstMatch(of: /rows +([0-9,]+)/)?.1.replacing(",", with: ""))
        let ids = try #require(
          result.output.firstMatch(of: /unique ids +([0-9,]+)/)?.1.replacing(",", with: ""))
        // Two versions of an id in one insert are one row; nothing is there twice.
        let there = try await count("observations", "count()")
        let distinct = try await count("observations", "uniqExact(id, event_ts)")
        #expect(there == distinct && there <= Int(rows) ?? 0)
        #expect(try await count("observations", "uniqExact(id)") == Int(ids))
        for table in tables where table.hasPrefix(".inner") {
          #expect(try await count(table, "uniqExact(id)") == Int(ids))
          #expect(
            try await count(table, "count()") == count(table, "uniqExact(id, updated_at)"))
        }
      }
      try await admin.run("DROP DATABASE flaky SYNC")
    }
  }
}

/// An authority, and certificates of it that are good or wrong in one way.
struct Certificates {
  static let openssl = "/usr/bin/openssl"

  let authority: String
  let otherAuthority: String
  let key: String
  let expired: String
  let otherHost: String
  private let whole: String
  var good: (file: String, key: String) { (whole, key) }

  init(in scratch: Scratch) throws {
    func path(_ name: String) -> String { scratch.path("tls-\(name).pem") }
    for name in ["authority", "other"] {
      try Self.run([
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-subj", "/CN=An authority", "-days", "2", "-keyout", path("\(name)-key"), "-out",
        path(name),
      ])
    }
    try Self.run([
      "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path("key"),
    ])
    for (name, host, days) in [
      ("good", "IP:127.0.0.1,DNS:clickhouse.invalid", "2"), ("expired", "IP:127.0.0.1", "-1"),
      ("other-host", "DNS:clickhouse.example", "2"),
    ] {
      try Self.run([
        "req", "-new", "-key", path("key"), "-subj", "/CN=a server", "-out", path("request"),
      ])
      let extensions = scratch.write("subjectAltName=\(host)\n", to: "tls-extensions")
      try Self.run([
        "x509", "-req", "-in", path("request"), "-CA", path("authority"), "-CAkey",
        path("authority-key"), "-CAcreateserial", "-extfile", extensions, "-days", days, "-out",
        path(name),
      ])
    }
    (authority, otherAuthority, key) = (path("authority"), path("other"), path("key"))
    (whole, expired, otherHost) = (path("good"), path("expired"), path("other-host"))
  }

  private static func run(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: openssl)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "openssl \(arguments.joined(separator: " "))")
  }
}
