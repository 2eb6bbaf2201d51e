// Which server a command talks to: the options that several commands share, and the order in which
// they count.

import ArgumentParser
import ClickHouseClient
import Engine
import Files
import Foundation
import RunSession

/// `--url`, `--user`, `--ca-file`, `--insecure`, and the guards; the password comes from the
/// environment.
struct ServerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The server's HTTP address, http(s)://host:port; or CLICKHOUSE_URL. The password comes from "
        + "CLICKHOUSE_PASSWORD, never from an argument, which every user here could read.",
      valueName: "url"))
  var url: String?

  @Option(
    help: ArgumentHelp(
      "Work on this cluster, as system.clusters names it: ON CLUSTER, replicated, with tables over "
        + "all shards. Several of its servers may be in --url, with commas; without --url one is "
        + "started: two shards with two replicas. Or CLICKHOUSE_CLUSTER_NAME, where "
        + "CLICKHOUSE_CLUSTER_ENABLED is true.",
      valueName: "name"))
  var cluster: String?

  @Option(help: "The user; or CLICKHOUSE_USER.")
  var user: String?

  @Option(
    help:
      "Trust only the certificate authorities in this PEM file; or CURL_CA_BUNDLE, SSL_CERT_FILE."
  )
  var caFile: String?

  @Flag(help: "Do not verify the server's certificate.")
  var insecure = false

  @OptionGroup var guards: GuardOptions

  /// The server that was asked for by an option or the environment, or nil.
  func endpoint() throws -> Endpoint? {
    guard cluster == nil else {
      throw UsageError(
        sentence:
          "--cluster is not for this command, which asks one server; leave it out, and name "
          + "that server with --url")
    }
    let found = try endpoints()
    guard found.count < 2 else {
      throw UsageError(
        sentence: "--url names \(found.count) servers, which only --cluster can use; name one")
    }
    return found.first
  }

  /// The cluster that was asked for by an option or, where there is a server, by the environment.
  func chosenCluster() throws -> Cluster? {
    let environment = ProcessInfo.processInfo.environment
    if let cluster { return try Cluster(cluster) }
    let isEnabled = ["true", "1"].contains(environment["CLICKHOUSE_CLUSTER_ENABLED"] ?? "")
    guard isEnabled, try !endpoints().isEmpty else { return nil }
    return try Cluster(environment["CLICKHOUSE_CLUSTER_NAME"] ?? "default")
  }

  /// A client of the server, or of the cluster, that was asked for.
  func client(timeouts: Timeouts = Timeouts()) throws -> Client {
    try client(of: try chosenCluster(), readOnly: false, timeouts)
  }

  /// A client for tables that are there, and one that may only read them: of the cluster where one
  /// is named, or several servers are, and else of one server, for which no cluster of the
  /// environment's counts.
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
      throw UsageError(
        sentence: "this needs a cluster: give --url or CLICKHOUSE_URL, or start one with: "
          + "exportbench engine start --cluster")
    }
    for place in endpoints.indices { endpoints[place].guards.isReadOnly = readOnly }
    return Client(endpoints, of: cluster, timeouts: timeouts)
  }

  private func endpoints() throws -> [Endpoint] {
    let environment = ProcessInfo.processInfo.environment
    guard let address = url ?? environment["CLICKHOUSE_URL"], !address.isEmpty else {
      guard user == nil, caFile == nil, !insecure else {
        throw UsageError(sentence: "--user, --ca-file and --insecure go with --url; add it")
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
      throw UsageError(
        sentence: "--url holds a password, which every user of this machine can read in the list "
          + "of processes; put it into CLICKHOUSE_PASSWORD")
    }
    if let user = user ?? environment["CLICKHOUSE_USER"] { endpoint.user = user }
    if let password = environment["CLICKHOUSE_PASSWORD"] { endpoint.password = Secret(password) }
    return endpoint
  }

  /// Whom to trust: nobody's authorities but those of an option or of a variable that curl knows.
  private func trust(_ environment: [String: String], isSecure: Bool) throws -> Trust {
    if insecure { return .anyone }
    let variables = isSecure ? ["CURL_CA_BUNDLE", "SSL_CERT_FILE"] : []
    let named = variables.compactMap { name in environment[name].map { (name, $0) } }
      .first { !$0.1.isEmpty }
    guard let (source, file) = caFile.map({ ("--ca-file", $0) }) ?? named else { return .system }
    do { _ = try Files.bytes(of: file) } catch {
      throw UsageError(sentence: "\(source): \(error); give a PEM file")
    }
    return .authorities(file: file)
  }

  /// The server that was asked for, or an engine: the one that is named, or the one that is found.
  func target(engine: String?) async throws -> Target {
    // What the command line says outright counts more than what the environment holds.
    if engine != nil, url != nil {
      throw UsageError(sentence: "--engine and --url exclude each other; give one of the two")
    }
    let cluster = try chosenCluster()
    let endpoints = engine == nil ? try endpoints() : []
    if let cluster, !endpoints.isEmpty { return .cluster(endpoints, cluster) }
    guard cluster == nil || cluster?.name == EmbeddedCluster.name else {
      throw UsageError(
        sentence: "--cluster \(cluster?.name ?? "") needs --url; the cluster that is started for a "
          + "run is called \(EmbeddedCluster.name)")
    }
    if engine == nil, cluster == nil, let endpoint = try endpoint() { return .remote(endpoint) }
    try guards.refuseWithoutServer()
    let program = try await Engine.findOrInstall(engine)
    let bounds = try guards.guards()
    return cluster == nil ? .embedded(program, bounds) : .embeddedCluster(program, bounds)
  }

  /// The server that was asked for, where every query may be one that the server lets only read; or
  /// a sentence that says how to get one.
  func endpointOrAdvice(readOnly: Bool = false) throws -> Endpoint {
    if var endpoint = try endpoint() {
      endpoint.guards.isReadOnly = readOnly
      return endpoint
    }
    throw UsageError(
      sentence: "this needs a server: give --url or CLICKHOUSE_URL, or start one with: "
        + "exportbench engine start")
  }
}
