// Single ZooKeeper of an embedded cluster, on a free port of 127.0.0.1. The embedded engines
// contain no Keeper.

import Foundation

/// Ends, and its files are removed, with its owner.
struct ZooKeeper: Sendable {
  let port: Int
  private let process: Supervised
  private let folder: String

  /// A Java runtime and ZooKeeper's classes.
  struct Program {
    let java: String
    let classes: String

    /// Finds both, or throws an error that says how to install them.
    static func find(_ environment: [String: String]) throws(ServerError) -> Program {
      let folders =
        [environment["JAVA_HOME"].map { "\($0)/bin" }].compactMap(\.self)
        + (environment["PATH"] ?? "").split(separator: ":").map(String.init)
      let java = folders.map { "\($0)/java" }.first {
        FileManager.default.isExecutableFile(atPath: $0)
      }
      let jar = environment["EXPORTBENCH_ZOOKEEPER"] ?? "/usr/share/java/zookeeper.jar"
      let isThere = FileManager.default.isReadableFile(atPath: jar)
      guard let java, isThere else {
        throw ServerError(
          "an embedded cluster needs ZooKeeper and a Java runtime, and "
            + "\(java == nil ? "no java is on the PATH" : "\(jar) is missing"); "
            + "install them with ./scripts/setup --cluster")
      }
      // Without a logging backend its messages would be lost.
      return Program(java: java, classes: "\(jar):/usr/share/java/slf4j-simple.jar")
    }
  }

  /// Starts it, and waits until it accepts connections.
  static func start(
    folder: String, keep: Bool, supervisor: String, timeout: Duration
  ) async throws -> ZooKeeper {
    let environment = ProcessInfo.processInfo.environment
    let program = try Program.find(environment)
    let port = try freePort()
    let settings = """
      tickTime=500
      dataDir=\(folder)/data
      clientPort=\(port)
      clientPortAddress=127.0.0.1
      maxClientCnxns=0
      admin.enableServer=false
      """
    let process = try Supervised(
      Supervised.Work(
        command: [
          program.java, "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
          "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", program.classes,
          "org.apache.zookeeper.server.quorum.QuorumPeerMain", "\(folder)/zoo.cfg",
        ], environment: environment, folder: folder, keep: keep, sharesFolder: true,
        file: ("zoo.cfg", settings)),
      supervisor: supervisor, named: "ZooKeeper")
    let keeper = ZooKeeper(port: port, process: process, folder: folder)
    do { try await keeper.waitUntilReady(timeout) } catch {
      keeper.stop()
      throw error
    }
    return keeper
  }

  func stop() { process.stop() }

  /// How it ended, with its last log lines; nil while it runs.
  func death() -> ServerError? {
    process.death().map { failure("ended by itself with \($0)") }
  }

  private func failure(_ what: String) -> ServerError {
    ServerError(
      "the embedded cluster's ZooKeeper \(what)",
      lastWords: lastLogLines(of: ["output.txt"], in: folder))
  }

  private func waitUntilReady(_ timeout: Duration) async throws {
    let deadline = ContinuousClock.now + timeout
    while ContinuousClock.now < deadline {
      if let death = death() { throw death }
      if takesConnections() { return }
      try await Task.sleep(for: .milliseconds(25))
    }
    throw failure("was not ready within \(timeout)")
  }

  private func takesConnections() -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
