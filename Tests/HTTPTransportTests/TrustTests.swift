// Which certificates a TLS connection trusts. The test server's own certificate needs the `openssl`
// command; without it the tests are skipped, and report it.

import Foundation
import HTTPTransport
import TestSupport
import Testing

private let openssl = "/usr/bin/openssl"

@Suite(
  .enabled(if: FileManager.default.isExecutableFile(atPath: openssl), "openssl is not installed"),
  .timeLimit(.minutes(1)))
struct TrustTests {
  @Test func aCertificateIsTrustedOnlyWhenTold() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("trust-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let key = folder.appendingPathComponent("key.pem").path
    let certificate = folder.appendingPathComponent("certificate.pem").path
    let make = try run([
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
      "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
      "-keyout", key, "-out", certificate, "-days", "2",
    ])
    make.waitUntilExit()
    try #require(make.terminationStatus == 0)
    let port = unusedPort()
    let server = try run([
      "s_server", "-accept", "127.0.0.1:\(port)", "-key", key, "-cert", certificate, "-www",
    ])
    // Not SIGTERM: a child inherits what the thread that starts it blocks.
    defer { kill(server.processIdentifier, SIGKILL) }

    let client = HTTPClient()
    func ask(_ trust: Trust) async throws -> Int {
      let request = Request(url: "https://127.0.0.1:\(port)/", trust: trust)
      return try await client.perform(request) { _ in nil }.head.status
    }
    while await failure({
      try await client.perform(Request(url: "http://127.0.0.1:\(port)")) { _ in nil }
    })?.kind == .cannotConnect {
      pause(milliseconds: 10)
    }
    let error = await #expect(throws: TransportError.self) { _ = try await ask(.system) }
    #expect(error?.kind == .tls)
    #expect(try await ask(.authorities(file: certificate)) == 200)
    #expect(try await ask(.anyone) == 200)
  }

  private func run(_ arguments: [String]) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: openssl)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }
}
