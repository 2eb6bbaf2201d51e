// What the real engine hides in its log, and what its errors show, is hidden by the mask.

import ClickHouseClient
import ClickHouseSQL
import Foundation
import Testing

extension IntegrationTests {
  @Suite struct SecretTests {
    /// Statements that fail at once and are logged all the same; secrets begin with `TOP`.
    static let statements = [
      "SELECT * FROM s3('http://127.0.0.1:1/b/x', 'TOPa', 'TOPb', 'Parquet')",
      "SELECT * FROM s3('http://127.0.0.1:1/b/x', 'TOPa', 'TOPb', 'TOPc', 'Parquet')",
      "SELECT * FROM s3('http://127.0.0.1:1/b/x', 'CSV', 'a Int32', headers('X' = 'TOPa'))",
      "SELECT * FROM s3('http://127.0.0.1:1/b/x', secret_access_key = 'TOPa', format = 'CSV')",
      "SELECT * FROM s3Cluster('nowhere', 'http://127.0.0.1:1/b/x', 'TOPa', 'TOPb', 'CSV')",
      "SELECT * FROM gcs('http://127.0.0.1:1/b/x', 'TOPa', 'TOPb')",
      "SELECT * FROM azureBlobStorageCluster('nowhere', 'http://h/', 'c', 'x', 'TOPa', 'TOPb')",
      "SELECT * FROM azureBlobStorageCluster('nowhere', 'AccountKey=TOPa;A=b', 'c', 'x')",
      "SELECT * FROM urlCluster('nowhere', 'http://u:TOPa@h/', 'CSV', 'a Int32')",
      "SELECT * FROM mysql('127.0.0.1:1', 'db', 't', 'u', 'TOPa', 1, 'x')",
      "SELECT encrypt('aes-256-ofb', 'TOPa', 'TOPb')",
      "CREATE TABLE nowhere.t (a Int32) ENGINE = MySQL('127.0.0.1:1', 'db', 't', 'u', 'TOPa')",
      "CREATE TABLE nowhere.t (a Int32) ENGINE = S3('http://h/', 'TOPa', 'TOPb', 'CSV')",
      "CREATE TABLE nowhere.t (a Int32) ENGINE = Redis('h:1', 0, 'TOPa') PRIMARY KEY a",
      "CREATE TABLE nowhere.t (a Int8) ENGINE = URL('http://u:TOP@h/', 'CSV', headers('X'='TOP'))",
      "CREATE TABLE nowhere.t (a Int32) ENGINE = Kafka SETTINGS kafka_sasl_password = 'TOPa'",
      "CREATE DICTIONARY nowhere.d (a UInt64) PRIMARY KEY a "
        + "SOURCE(CLICKHOUSE(USER 'u' PASSWORD 'TOPa')) LAYOUT(FLAT()) LIFETIME(0)",
      "ALTER USER nobody IDENTIFIED WITH plaintext_password BY 'TOPa'",
      "CREATE TABLE nowhere.t (a Int32) ENGINE = MergeTree ORDER BY a "
        + "SETTINGS disk = disk(type = encrypted, disk = 'default', key = 'TOPaxxxxxxxxxxxx')",
      "BACKUP TABLE nowhere.t TO S3('http://127.0.0.1:1/b', 'TOP', 'TOP') SETTINGS password='TOP'",
      "SELECT * FROM s3('http://127.0.0.1:1/b/x', 'TOPa', 'TOPb",
    ]

    @Test func whatTheServerHidesIsHiddenHere() async throws {
      struct Row: Decodable { let query: String }
      let client = try await Shared.client
      for (number, sql) in Self.statements.enumerated() {
        let id = "secret-\(number)-\(UUID())"
        var said = ""
        do {
          try await client.execute(
            Query(sql, settings: ["connect_timeout": "1", "max_execution_time": "5"], queryID: id))
        } catch let error as ClickHouseError { said = "\(error)" }
        #expect(!said.isEmpty, "\(sql)")
        #expect(!said.contains("TOP"), "an error shows a secret: \(said)")
        let ours = SecretMask.masked(sql: sql)
        #expect(!ours.contains("TOP"), "\(ours)")
        // A statement that cannot be parsed is not logged.
        try await client.execute(Query("SYSTEM FLUSH LOGS"))
        let logged = try await client.rows(
          Query(
            "SELECT query FROM system.query_log WHERE query_id = {id: String} LIMIT 1",
            parameters: ["id": Parameter(id)]), as: Row.self)
        for row in logged {
          let again = SecretMask.masked(sql: row.query)
          #expect(!again.contains("TOP"), "\(again)")
        }
      }
    }
  }
}
