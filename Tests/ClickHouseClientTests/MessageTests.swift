// The sentences that a user reads, and what is never in them.

import ClickHouseClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct MessageTests {
  @Test func aWrongPasswordSaysWhatToCheck() async {
    let server = FakeServer(
      .answer(
        "Code: 194. DB::Exception: me: Authentication failed: password is incorrect, or there is no"
          + " user with such name.\n\nIf you use ClickHouse Cloud, …\n\n. (REQUIRED_PASSWORD)"
          + " (version 25.8.2.1)\n", status: "401 Unauthorized",
        headers: ["X-ClickHouse-Exception-Code: 194"]))
    let said = await sentence {
      try await client(server, user: "me:hush@").execute(Query("SELECT 1"))
    }
    #expect(
      said == "the server refused the user or the password (error 194, REQUIRED_PASSWORD);"
        + " check CLICKHOUSE_USER and CLICKHOUSE_PASSWORD, or the URL")
  }

  @Test func aReadOnlyUserIsToldWhatToAskFor() async {
    let server = FakeServer(
      .answer(
        "Code: 164. DB::Exception: Cannot modify 'max_threads' setting in readonly mode."
          + " (READONLY) (version 25.8.2.1)", status: "500 Error"))
    let said = await sentence { try await client(server).execute(Query("SELECT 1")) }
    #expect(said.hasPrefix("the user may not change max_threads ("))
    #expect(said.contains("readonly = 2"))
  }

  @Test func aRefusedConnectionNamesTheServer() async throws {
    let port = unusedPort()
    let client = Client(try Endpoint("http://me:hush@127.0.0.1:\(port)"))
    let said = await sentence { try await client.execute(Query("SELECT 1")) }
    #expect(said.hasPrefix("cannot connect to http://127.0.0.1:\(port)/ ("))
    #expect(said.hasSuffix("); check that the server runs there"))
    #expect(!said.contains("hush") && !said.contains("SELECT"))
  }

  @Test func aServerThatIsNoClickHouseIsNamed() async {
    let server = FakeServer(
      .answer("<html>Not here</html>\nmore", status: "404 Not Found")
        + .answer("nope", status: "404 Not Found"))
    let client = client(server)
    let said = await sentence { try await client.execute(Query("SELECT 1")) }
    #expect(
      said == "\(server.url) answered with status 404 ('Not here more'), and not like"
        + " ClickHouse; check host, port and path")
    let ping = await sentence { try await client.ping() }
    #expect(ping.contains("status 404"))
  }

  @Test func anExceptionIsOneBoundedLine() async {
    let exception = await serverException(
      .answer(
        "Code: 62. DB::Exception: Syntax error: \(String(repeating: "x", count: 5000))\nsecond"
          + " (SYNTAX_ERROR) (version 25.8.2.1)", status: "400 Bad Request"))
    #expect(exception?.description.count ?? .max < 700)
    #expect(exception?.description.contains("second") == false)
    #expect(exception?.message.hasSuffix("second") == true)
  }

  @Test func endpoints() throws {
    let plain = try Endpoint("http://localhost")
    #expect(plain.port == 8123 && !plain.isSecure && plain.user == nil && plain.password == nil)
    #expect(
      try Endpoint("https://ch.example/proxy/").description == "https://ch.example:8443/proxy")
    let full = try Endpoint("http://m%40e:hu%3Ash@[::1]:9123")
    #expect(full.user == "m@e" && full.password == Secret("hu:sh"))
    #expect("\(full)" == "http://m@e@[::1]:9123")
    var dumped = ""
    dump(full, to: &dumped)
    #expect(!dumped.contains("hu:sh") && !String(reflecting: full).contains("hu:sh"))
  }

  @Test(arguments: [
    "localhost:8123", "tcp://me:hush@host:9000", "", "http://", "http://me:hush@host/?database=x",
    "http://me:hush@ho st/",
  ])
  func anEndpointThatCannotBeUsedSaysWhyAndKeepsThePassword(url: String) {
    #expect {
      try Endpoint(url)
    } throws: { error in
      !"\(error)".contains("hush") && error is ClickHouseError
    }
  }

  @Test func identifiers() throws {
    for (name, quoted) in [
      ("observations_2", "`observations_2`"), ("langfuse-prod", "`langfuse-prod`"),
      ("a.b", "`a.b`"), ("a b", "`a b`"), ("2x", "`2x`"), ("ünï", "`ünï`"), ("a\"'b", "`a\"'b`"),
      ("tick`s", "`tick\\`s`"), ("back\\slash", "`back\\\\slash`"),
      ("x`; DROP DATABASE y; --", "`x\\`; DROP DATABASE y; --`"), ("\\`", "`\\\\\\``"),
      (String(repeating: "a", count: 255), "`\(String(repeating: "a", count: 255))`"),
    ] {
      #expect(try Identifier(name).description == quoted)
      #expect(try Cluster(name).onCluster == "ON CLUSTER \(quoted)")
    }
    for text in ["", "a\nb", "a\0b", "\u{1b}[31m", "a\u{7f}", String(repeating: "a", count: 256)] {
      #expect(throws: ClickHouseError.self) { try Identifier(text) }
      #expect(throws: ClickHouseError.self) { try Cluster(text) }
    }
    #expect {
      try Identifier("a\n\u{1b}b")
    } throws: { error in
      "\(error)"
        == "'a\\n\\x1bb' is not a name; a name has from 1 to 255 bytes, and no control character"
    }
    // Names out of a server's catalogue may hold anything.
    #expect(Identifier.quoted("a\nb\0\u{1}") == "`a\\nb\\0\\x01`")
    #expect(Identifier.literal("it's\\`") == "'it\\'s\\\\`'")
  }
}
