// Options for the server, shared by several commands, and their precedence.

import ArgumentParser
import ClickHouseClient
import Engine
import Failures
import Files
import Foundation
import RunSession

/// `--url`, `--user`, `--ca-file`, `--insecure` and the guards; the password comes from the
/// environment.
struct ServerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "HTTP address, http(s)://host:port (default: CLICKHOUSE_URL). Put the password into "
        + "CLICKHOUSE_PASSWORD: other users can read arguments.",
      valueName: "url"))
  var url: String?

  @Option(
    help: ArgumentHelp(
      "Use this cluster of system.clusters: ON CLUSTER, replicated and distributed tables. --url "
        + "may list several of its servers; without --url two shards with two replicas are started "
        + "(default: CLICKHOUSE_CLUSTER_NAME if CLICKHOUSE_CLUSTER_ENABLED is true).",
      valueName: "name"))
  var cluster: String?

  @Option(help: "User name (default: CLICKHOUSE_USER).")
  var user: String?

  @Option(
    help:
      "PEM file of the only trusted authorities (default: CURL_CA_BUNDLE or SSL_CERT_FILE)."
  )
  var caFile: String?

  @Flag(help: "Do not verify the server's certificate.")
  var insecure = false

  @OptionGroup var guards: GuardOptions

  func endpoint() throws -> Endpoint? {
    guard cluster == nil else {
      throw UserError.usage(
        "--cluster does not apply to this command, which uses one server; remove it, and "
          + "name that server with --url")
    }
    let found = try endpoints()
    guard found.count < 2 else {
      throw UserError.usage(
        "--url names \(found.count) servers, which only --cluster can use; name one")
    }
    return found.first
  }

  /// From the option or, if there is a server, from the environment.
  func chosenCluster() throws -> Cluster? {
    let environment = ProcessInfo.processInfo.environment
    if let cluster { return try Cluster(cluster) }
    let isEnabled = ["true", "1"].contains(environment["CLICKHOUSE_CLUSTER_ENABLED"] ?? "")
    guard isEnabled, try !endpoints().isEmpty else { return nil }
    return try Cluster(environment["CLICKHOUSE_CLUSTER_NAME"] ?? "default")
  }

  func client(timeouts: Timeouts = Timeouts()) throws -> Client {
    try client(of: try chosenCluster(), readOnly: false, timeouts)
  }

  /// A client for existing tables: of a cluster if `--cluster` names one or `--url` lists several
  /// servers. Otherwise of one server, and the environment's cluster is ignored.
  func clientOfTables(readOnly: Bool, timeouts: Timeouts = Timeouts()) throws -> Client {
    let isOfCluster = try cluster != nil || endpoints().count > 1
    return try client(of: isOfCluster ? try chosenCluster() : nil, readOnly: readOnly, timeouts)
  }

  private func client(
    of cluster: Cluster?, readOnly: Bool, _ timeouts: Timeouts
  ) throws -> Client {
    guard let cluster else {
      return Client(try endpointOrAdvice(readOnly: readOnly), timeouts: timeouts)
    }
    var endpoints = try endpoints()
    guard !endpoints.isEmpty else {
      throw UserError.usage(
        "this needs a cluster: give --url or CLICKHOUSE_URL, or start one with: "
          + "exportbench engine start --cluster")
    }
    for place in endpoints.indices { endpoints[place].guards.isReadOnly = readOnly }
    return Client(endpoints, of: cluster, timeouts: timeouts)
  }

  private func endpoints() throws -> [Endpoint] {
    let environment = ProcessInfo.processInfo.environment
    guard let address = url ?? environment["CLICKHOUSE_URL"], !address.isEmpty else {
      guard user == nil, caFile == nil, !insecure else {
        throw UserError.usage("--user, --ca-file and --insecure go with --url; add it")
      }
      try guards.refuseWithoutServer()
      return []
    }
    return try address.split(separator: ",").map { try endpoint(String($0), environment) }
  }

  private func endpoint(
    _ address: String, _ environment: [String: String]
  ) throws -> Endpoint {
    var endpoint = try Endpoint(address)
    endpoint.trust = try trust(environment, isSecure: endpoint.isSecure)
    endpoint.guards = try guards.guards()
    if url != nil, endpoint.password != nil {
      throw UserError.usage(
        "--url holds a password, which every user of this machine can read in the list "
          + "of processes; put it into CLICKHOUSE_PASSWORD")
    }
    if let user = user ?? environment["CLICKHOUSE_USER"] { endpoint.user = user }
    if let password = environment["CLICKHOUSE_PASSWORD"] { endpoint.password = Secret(password) }
    return endpoint
  }

  /// Without an option or a variable that curl knows, the system's authorities.
  private func trust(_ environment: [String: String], isSecure: Bool) throws -> Trust {
    if insecure { return .anyone }
    let variables = isSecure ? ["CURL_CA_BUNDLE", "SSL_CERT_FILE"] : []
    let named = variables.compactMap { name in environment[name].map { (name, $0) } }
      .first { !$0.1.isEmpty }
    guard let (source, file) = caFile.map({ ("--ca-file", $0) }) ?? named else { return .system }
    do { _ = try Files.bytes(of: file) } catch {
      throw UserError.usage("\(source): \(error); give a PEM file")
    }
    return .authorities(file: file)
  }

  func target(engine: String?) async throws -> Target {
    // An option takes precedence over the environment.
    if engine != nil, url != nil {
      throw UserError.usage("--engine and --url exclude each other; give one of the two")
    }
    guard engine == nil || (user == nil && caFile == nil && !insecure) else {
      throw UserError.usage(
        "--user, --ca-file and --insecure go with --url, and --engine starts a separate server; "
          + "remove them")
    }
    let cluster = try chosenCluster()
    let endpoints = engine == nil ? try endpoints() : []
    if let cluster, !endpoints.isEmpty { return .cluster(endpoints, cluster) }
    guard cluster == nil || cluster?.name == EmbeddedCluster.name else {
      throw UserError.usage(
        "--cluster \(cluster?.name ?? "") needs --url; the cluster started for a "
          + "run is named \(EmbeddedCluster.name)")
    }
    if engine == nil, cluster == nil, let endpoint = try endpoint() { return .remote(endpoint) }
    try guards.refuseWithoutServer()
    let program = try await Engine.findOrInstall(engine)
    let bounds = try guards.guards()
    return cluster == nil ? .embedded(program, bounds) : .embeddedCluster(program, bounds)
  }

  /// - Throws: ``UserError`` that tells how to start a server.
  func endpointOrAdvice(readOnly: Bool = false) throws -> Endpoint {
    if var endpoint = try endpoint() {
      endpoint.guards.isReadOnly = readOnly
      return endpoint
    }
    throw UserError.usage(
      "this needs a server: give --url or CLICKHOUSE_URL, or start one with: "
        + "exportbench engine start")
  }
}
