// `exportbench profile` as a user meets it: mistakes, a file that generates, and secrets that stay.

import ClickHouseClient
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct ProfileTests {
    private let scratch = Scratch()

    static let mistakes: [(String, Int32, String)] = [
      ("", 64, "this needs a server: give --url or CLICKHOUSE_URL, or start"),
      ("--url http://127.0.0.1:1", 69, "cannot connect to http://127.0.0.1:1/"),
      ("--database a\nb --url http://127.0.0.1:1", 64, "'a\\nb' is not a name; a name"),
      ("--name a:b", 64, "--name is 'a:b'; a dataset's name contains only letters, digits"),
      ("--max-rows 0", 64, "--max-rows is 0; it must be from 1 to"),
      ("--max-rows many", 64, "'many' is not a count; write it like 300k"),
      ("--max-seconds 0", 64, "--max-seconds is 0; it must be from 1 to 3600"),
      ("--output README.md", 73, "README.md exists; remove it or choose another --output"),
    ]

    @Test(arguments: mistakes)
    func aMistakeIsOneSentence(arguments: String, code: Int32, said: String) async throws {
      let result = try await Program.run(
        ["profile"] + arguments.split(separator: " ").map(String.init))
      #expect(result.ending == .exit(code), "\(result.remarks)")
      #expect(result.remarks.contains("exportbench: \(said)"), "\(result.remarks)")
      #expect(result.output.isEmpty)
    }

    @Test func noValueLeavesTheServer() async throws {
      let environment = try await Shared.environment
      let database = ["--database", "exportbench_profile"]
      let made = try await Program.run(
        ["generate", "smoke", "--no-view", "--rows-per-insert", "2k"] + database,
        environment: environment)
      #expect(made.ending == .exit(0), "\(made.remarks)")
      let client = Client(try await Shared.server.endpoint)
      // A secret in every column that holds text, and a number that stands out in the others; of
      // one's own text in each, and the most frequent in its column.
      try await client.execute(
        Query(
          """
          INSERT INTO observations
          SELECT * REPLACE (
            concat('sesame-id-', toString(number)) AS id, 'sesame-trace' AS trace_id,
            'sesame-project' AS project_id, 'sesame-environment' AS environment,
            'SESAME-TYPE' AS type, 'sesame-parent' AS parent_observation_id,
            'sesame-name' AS name, map('sesame-key', 'sesame-value') AS metadata,
            'SESAME-LEVEL' AS level, 'sesame-status' AS status_message,
            'sesame-version' AS version, 'sesame-input' AS input, 'sesame-output' AS output,
            'sesame-model' AS provided_model_name, 'sesame-model-id' AS internal_model_id,
            'sesame-parameters' AS model_parameters, map('sesame-usage', 98765432) AS usage_details,
            map('sesame-cost', toDecimal64(9876.5432, 12)) AS cost_details,
            toDecimal64(98765.432, 12) AS total_cost, 'sesame-prompt' AS prompt_id,
            'sesame-prompt-name' AS prompt_name, 43210 AS prompt_version,
            'sesame-tier' AS usage_pricing_tier_id, 'sesame-tier-name' AS usage_pricing_tier_name,
            map('sesame-tool', 'sesame-definition') AS tool_definitions,
            ['sesame-call'] AS tool_calls, ['sesame-call-name'] AS tool_call_names)
          FROM (SELECT * FROM observations LIMIT 1) AS o ARRAY JOIN range(9000) AS number
          """,
          database: "exportbench_profile"))
      let file = scratch.path("ours.yaml")
      let printed = try await Program.run(["profile"] + database, environment: environment)
      let written = try await Program.run(
        ["profile", "--output", file] + database, environment: environment)
      let failed = try await Program.run(
        ["profile", "--max-rows", "1"] + database, environment: environment)
      #expect(printed.ending == .exit(0), "\(printed.remarks)")
      #expect(written.ending == .exit(0) && failed.ending == .exit(64), "\(failed.remarks)")
      let text = try #require(textOfFile(file))
      #expect(text.contains("Other types than the known: 1, 64 % of the ids, left out."))
      for said in [
        text, printed.output, printed.remarks, written.output, written.remarks, failed.output,
        failed.remarks,
      ] {
        let lower = said.lowercased()
        for secret in ["sesame", "98765", "43210", "gpt", "claude", "staging", "project-0"] {
          #expect(!lower.contains(secret), "\(secret) got out: \(said)")
        }
      }
      #expect(printed.remarks.contains("versions: read "))
      #expect(printed.remarks.contains("at most 20,000,000 rows and"))
      let again = try await Program.run(
        ["generate", file, "--output", "/dev/null"], environment: environment)
      #expect(again.ending == .exit(0), "\(again.remarks)")
      #expect(scratch.names == ["ours.yaml"])
      try await client.execute(Query("DROP DATABASE exportbench_profile SYNC"))
    }
  }
}
