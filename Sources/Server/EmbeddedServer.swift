// A real ClickHouse server as a child of this process: started on a free loopback port with a
// random password, and gone with all its files when its owner is gone, however that ends.

import ClickHouse
import Foundation
import Synchronization

/// One running embedded server. End it with `stop()`; the supervisor ends it if nobody does.
public final class EmbeddedServer: Sendable {
  /// Where and as whom to talk to it.
  public let endpoint: Endpoint
  /// The password in it, for an owner who hands the server on to other programs.
  public let password: String
  /// The server's process, for the witnesses that read `/proc`.
  public let processID: Int
  /// Its configuration, data and log; removed at the end unless kept.
  public let folder: String
  /// The program that runs.
  public let engine: Engine

  private let supervisor: ChildProcess
  private let leash: Int32
  private let news: Int32
  private let stopped = Mutex(false)

  /// Starts an engine and waits until it answers, `patience` at most.
  ///
  /// - Parameters:
  ///   - engine: the program.
  ///   - folder: a folder that does not exist yet; it becomes the server's.
  ///   - keep: leave the folder there at the end, and stop the server in order.
  ///   - settings: settings of the server's beside its configuration, such as `https_port`.
  ///   - supervisor: the `exportbench` executable; this process's own by default.
  ///   - patience: how long the engine may take until it answers.
  /// - Returns: a server that answers.
  /// - Throws: ``ServerError`` with the engine's last words; `CancellationError`.
  public static func start(
    _ engine: Engine, folder: String, keep: Bool, settings: [String: String] = [:],
    supervisor: String = "/proc/self/exe", patience: Duration = .seconds(30)
  ) async throws -> EmbeddedServer {
    var last: ServerError?
    // Another process can take the free port before the server does; then a second try helps.
    for _ in 0..<3 {
      do {
        let server = try EmbeddedServer(
          engine, folder: folder, keep: keep, settings: settings, supervisor: supervisor)
        do {
          try await server.waitUntilReady(patience)
          return server
        } catch {
          server.stop()
          throw error
        }
      } catch let error as ServerError where error.description.contains("Address already in use") {
        last = error
      }
    }
    throw last ?? ServerError("the engine did not start")
  }

  private init(
    _ engine: Engine, folder: String, keep: Bool, settings: [String: String],
    supervisor path: String
  ) throws {
    self.engine = engine
    self.folder = URL(fileURLWithPath: folder).path
    let port = try Self.freePort()
    password = Self.randomPassword()
    var endpoint = try Endpoint("http://127.0.0.1:\(port)")
    endpoint.user = "default"
    endpoint.password = Secret(password)
    self.endpoint = endpoint

    var environment = ProcessInfo.processInfo.environment
    environment["CLICKHOUSE_WATCHDOG_ENABLE"] = "0"
    environment["EXPORTBENCH_ENGINE_PORT"] = "\(port)"
    environment["EXPORTBENCH_ENGINE_PASSWORD"] = password
    environment["EXPORTBENCH_ENGINE_DATA"] = "\(self.folder)/data/"
    environment["EXPORTBENCH_ENGINE_LOG"] = "\(self.folder)/server.log"
    let configuration = try Engine.resource("config.xml")
    let command =
      [try Self.resolve(path), Supervisor.commandName, "--folder", self.folder]
      + (keep ? ["--keep"] : []) + ["--"] + engine.command + ["--config-file=\(configuration)"]
      + (settings.isEmpty ? [] : ["--"]) + settings.map { "--\($0.key)=\($0.value)" }.sorted()

    let leash = try Pipe()
    let news = try Pipe()
    let nothing = open("/dev/null", O_WRONLY | O_CLOEXEC)
    defer { [leash.read, news.write, nothing].forEach { close($0) } }
    supervisor = try ChildProcess(
      command: command, environment: environment, input: leash.read, output: news.write,
      error: nothing)
    self.leash = leash.write
    self.news = news.read
    let first = Self.readLine(news.read)
    guard first.hasPrefix("pid "), let pid = Int(first.dropFirst(4)) else {
      close(leash.write)
      close(news.read)
      supervisor.waitUntilEnded()
      throw ServerError(
        first.hasPrefix("error ")
          ? String(first.dropFirst(6))
          : "the engine's supervisor, \(command[0]), did not start")
    }
    processID = pid
    // From here on reading is a question, not a wait.
    _ = fcntl(news.read, F_SETFL, O_NONBLOCK)
  }

  /// Ends the server and waits until it and, unless kept, its files are gone. Safe to call twice.
  public func stop() {
    let first = stopped.withLock { flag in
      defer { flag = true }
      return !flag
    }
    guard first else { return }
    close(leash)
    supervisor.waitUntilEnded()
    close(news)
  }

  /// If the server has ended by itself: how, with its last words. Nil while it runs.
  public func death() -> ServerError? {
    let line = Self.readLine(news)
    guard line.hasPrefix("ended ") else { return nil }
    return ServerError(
      "the embedded ClickHouse (\(engine.name)) ended by itself with \(line.dropFirst(6))",
      lastWords: lastWords())
  }

  /// Like ``death()``, with a second's patience: a broken connection is seen before the process is
  /// reaped.
  public func deathSoon() async -> ServerError? {
    for _ in 0..<20 {
      if let death = death() { return death }
      try? await Task.sleep(for: .milliseconds(50))
    }
    return nil
  }

  private func waitUntilReady(_ patience: Duration) async throws {
    let client = Client(endpoint)
    let deadline = ContinuousClock.now + patience
    while ContinuousClock.now < deadline {
      if let death = death() { throw death }
      if (try? await client.ping()) != nil { return }
      try await Task.sleep(for: .milliseconds(25))
    }
    throw ServerError(
      "the embedded ClickHouse (\(engine.name)) was not ready within \(patience)",
      lastWords: lastWords())
  }

  /// The last lines of the log that say something, of at most 16 KiB.
  private func lastWords() -> String {
    var lines: [Substring] = []
    for name in ["output.txt", "server.log"] {
      guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else { continue }
      let text = String(decoding: data.suffix(16_384), as: UTF8.self)
      lines += text.split(separator: "\n").filter { !$0.isEmpty }.suffix(8)
    }
    return lines.map { "  \($0)" }.joined(separator: "\n")
  }

  private static func resolve(_ path: String) throws(ServerError) -> String {
    guard path == "/proc/self/exe" else { return path }
    do {
      return try FileManager.default.destinationOfSymbolicLink(atPath: path)
    } catch {
      throw ServerError("cannot find this program's own file: \(error.localizedDescription)")
    }
  }

  /// A port of the loopback interface that nobody had a moment ago.
  static func freePort() throws(ServerError) -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard bound else {
      throw ServerError("no free port on 127.0.0.1: \(String(cString: strerror(errno)))")
    }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  /// 32 hexadecimal digits from the system's random source.
  private static func randomPassword() -> String {
    var system = SystemRandomNumberGenerator()
    return [system.next(), system.next()].map { (half: UInt64) in
      let digits = String(half, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  private static func readLine(_ descriptor: Int32) -> String {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while line.count < 8192, read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") {
      line.append(byte)
    }
    return String(decoding: line, as: UTF8.self)
  }
}
