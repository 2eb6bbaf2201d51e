// What is masked in SQL and in messages: cases for each form, and random texts.

import ClickHouseSQL
import Testing

@Suite struct SecretMaskTests {
  /// Statements whose secrets begin with `TOP`, in every form that the server knows. What begins
  /// with `KEEP` is no secret.
  static let statements: [String] = [
    "SELECT * FROM s3('http://KEEP/b', 'TOPKEY', 'TOPSECRET', 'Parquet', 'KEEP Int')",
    "SELECT * FROM s3('http://KEEP/b', 'TOPKEY', 'TOPSECRET')",
    """
    SELECT * FROM s3('http://KEEP/b', 'TOPKEY', 'TOPSECRET', 'TOPTOKEN', 'CSV', 'KEEP Int', \
    'gzip')
    """,
    "SELECT * FROM s3('http://KEEP/b', 'CSV', 'TOPSECRET', 'TOPTOKEN', 'CSV', 'KEEP Int')",
    "SELECT * FROM s3('http://KEEP/b', NOSIGN, 'CSV', 'KEEP Int')",
    "SELECT * FROM s3('http://KEEP/b', 'CSV', 'KEEP Int', headers('KEEP' = 'TOP'))",
    "SELECT * FROM S3 /* TOP */ ('http://KEEP/b', 'TOPKEY', /* TOP */ 'TOP''SE\\'CRET')",
    "SELECT * FROM `s3`('http://KEEP/b', $x$TOPKEY$x$, concat('TOP', 'TOP'))",
    "SELECT * FROM s3(KEEP, access_key_id = 'TOPKEY', secret_access_key = TOPSECRET)",
    "SELECT * FROM s3(KEEP, 'secret_access_key' = 'TOPSECRET', session_token = 'TOP')",
    "SELECT * FROM s3('http://KEEP', extra_credentials(role_arn = 'KEEP', external_id = 'TOP'))",
    "SELECT * FROM s3Cluster('KEEP', 'http://KEEP/b', 'TOPKEY', 'TOPSECRET', 'Parquet')",
    "SELECT * FROM gcs('http://KEEP/b', 'TOPKEY', 'TOPSECRET')",
    "SELECT * FROM oss('http://KEEP/b', 'TOPKEY', 'TOPSECRET')",
    "SELECT * FROM cosn('http://KEEP/b', 'TOPKEY', 'TOPSECRET')",
    "SELECT * FROM hudi('http://KEEP/b', 'TOPKEY', 'TOPSECRET')",
    "SELECT * FROM iceberg('http://KEEP/b', 'TOPKEY', 'TOPSECRET')",
    "SELECT * FROM icebergS3Cluster(KEEP, 'http://KEEP/b', 'TOPKEY', 'TOPSECRET')",
    "SELECT * FROM iceberg('http://KEEP', 'KEEP', 'KEEP', 'TOP', 'TOP', storage_type = 'azure')",
    "SELECT * FROM deltaLake('http://KEEP/b', 'TOPKEY', 'TOPSECRET')",
    "SELECT * FROM paimon('http://KEEP/b', 'TOPKEY', 'TOPSECRET')",
    "SELECT * FROM azureBlobStorage('AccountName=KEEP;AccountKey=TOP/+==;X=KEEP', 'KEEP', 'KEEP')",
    "SELECT * FROM azureBlobStorage('http://KEEP', 'KEEP', 'KEEP', 'TOPNAME', 'TOPKEY', 'CSV')",
    "SELECT * FROM azureBlobStorageCluster('KEEP', 'http://KEEP', 'KEEP', 'KEEP', 'TOP', 'TOP')",
    """
    SELECT * FROM azureBlobStorage('Blob=KEEP;SharedAccessSignature=sv=TOP&sig=TOP;', \
    'KEEP', 'KEEP')
    """,
    "SELECT * FROM azureBlobStorage('http://KEEP?sv=KEEP&sig=TOP%3D', 'KEEP', 'KEEP', 'CSV')",
    "SELECT * FROM url('https://TOPUSER:TOPWORD@KEEP:1/KEEP?a=KEEP', 'CSV', 'KEEP Int')",
    "SELECT * FROM url('https://TOPUSER:TOP/WORD@KEEP/KEEP', 'CSV', 'KEEP Int')",
    """
    SELECT * FROM \
    url('https://KEEP/?X-Amz-Date=KEEP&X-Amz-Credential=TOP%2F&X-Amz-Signature=TOP')
    """,
    "SELECT * FROM url('https://KEEP/?X-Amz-Security-Token=TOP#KEEP')",
    "SELECT * FROM url('https://KEEP/?key=TOP&access_token=TOP&user=KEEP')",
    "SELECT * FROM url('https://KEEP/', 'CSV', headers('KEEP' = 'TOP', 'KEEP' = 'TOP'))",
    "SELECT * FROM urlCluster('KEEP', 'https://KEEP/', 'CSV', 'KEEP Int', headers('KEEP'='TOP'))",
    "SELECT * FROM mysql('KEEP:1', 'KEEP', 'KEEP', 'KEEP', 'TOP', 1, 'KEEP')",
    "SELECT * FROM mysql(KEEP, password='TOP')",
    "SELECT * FROM postgresql('KEEP:1', 'KEEP', 'KEEP', 'KEEP', 'TOP', 'KEEP')",
    "SELECT * FROM mongodb('KEEP:1', 'KEEP', 'KEEP', 'KEEP', 'TOP', 'KEEP Int')",
    "SELECT * FROM mongodb('mongodb+srv://TOP:TOP@KEEP/KEEP', 'KEEP', 'KEEP Int')",
    "SELECT * FROM redis('KEEP:1', 'KEEP', 'k String', 0, 'TOP')",
    "SELECT * FROM remote('KEEP', KEEP.KEEP, 'KEEP', 'TOP')",
    "SELECT * FROM remote('KEEP', 'KEEP', 'KEEP', 'KEEP', 'TOP', rand())",
    "SELECT * FROM remoteSecure('KEEP', 'KEEP.KEEP', 'KEEP', 'TOP')",
    "SELECT * FROM remote('KEEP', numbers(3), 'KEEP', 'TOP')",
    "SELECT * FROM remote('KEEP', concat('a', 'b'), 'KEEP', 'TOP', 'TOP')",
    "SELECT * FROM remote('KEEP', view(SELECT * FROM s3('http://KEEP', 'TOP', 'TOP')))",
    "SELECT * FROM jdbc('jdbc:mysql://h/?user=root&password=TOP', 'KEEP', 'KEEP')",
    "SELECT * FROM odbc('DSN=x;UID=u;PWD=TOP', 'KEEP', 'KEEP')",
    "SELECT * FROM ytsaurus('http://KEEP', 'KEEP', 'TOP', 'KEEP Int')",
    "SELECT * FROM arrowFlight('KEEP', 'KEEP', 'KEEP', 'TOP')",
    "SELECT encrypt('aes-256-gcm', 'TOP', 'TOP', 'TOP'), KEEP",
    "SELECT decrypt('aes-256-gcm', column, 'TOP'), tryDecrypt('aes-256-gcm', column, x'TOP')",
    "SELECT aes_encrypt_mysql('aes-256-ofb', x, 'TOP'), aes_decrypt_mysql('aes-256-ofb', x, 'TOP')",
    "SELECT HMAC('sha256', KEEP, 'TOP')",
    "CREATE TABLE KEEP (a Int32) ENGINE = MySQL('KEEP:1', 'KEEP', 'KEEP', 'root', 'TOP')",
    """
    CREATE TABLE KEEP (a Int32) ENGINE = PostgreSQL('KEEP:1', 'KEEP', 'KEEP', 'root', \
    'TOP', 'KEEP')
    """,
    "CREATE TABLE KEEP (a Int32) ENGINE MongoDB('KEEP:1', 'KEEP', 'KEEP', 'KEEP', 'TOP')",
    "CREATE TABLE KEEP (a Int32) ENGINE = Redis('KEEP:1', 0, 'TOP') PRIMARY KEY KEEP",
    "CREATE TABLE KEEP (a Int32) ENGINE = S3('http://KEEP', 'TOP', 'TOP', 'CSV')",
    "CREATE TABLE KEEP (a Int32) ENGINE = S3Queue('http://KEEP/*', 'TOP', 'TOP', 'CSV')",
    "CREATE TABLE KEEP (a Int32) ENGINE = AzureQueue('AccountKey=TOP;', 'KEEP', '*', 'CSV')",
    """
    CREATE TABLE KEEP (a Int32) ENGINE = URL('http://TOP:TOP@KEEP/', 'CSV', \
    headers('KEEP'='TOP'))
    """,
    """
    CREATE TABLE KEEP (a Int32) ENGINE = ExternalDistributed('MySQL', 'KEEP', 'KEEP', \
    'KEEP', 'KEEP', 'TOP')
    """,
    """
    CREATE TABLE KEEP (a Int32) ENGINE = MaterializedPostgreSQL('KEEP', 'KEEP', 'KEEP', \
    'x', 'TOP')
    """,
    "CREATE TABLE KEEP ENGINE = IcebergS3('http://KEEP', 'TOP', 'TOP')",
    "CREATE TABLE KEEP ENGINE = DeltaLake('http://KEEP', 'TOP', 'TOP')",
    """
    CREATE TABLE KEEP (a Int32) ENGINE = Kafka SETTINGS kafka_format = 'KEEP', \
    kafka_sasl_password='TOP'
    """,
    """
    CREATE TABLE KEEP (a Int32) ENGINE = RabbitMQ SETTINGS rabbitmq_password = 'TOP', \
    rabbitmq_address = 'amqp://TOP:TOP@KEEP/'
    """,
    "CREATE TABLE KEEP (a Int32) ENGINE = NATS SETTINGS nats_password = 'TOP', nats_token = 'TOP'",
    """
    CREATE TABLE KEEP (a Int32) ENGINE = MergeTree ORDER BY KEEP SETTINGS disk = disk(type \
    = s3, endpoint = 'http://TOP', secret_access_key = 'TOP')
    """,
    """
    CREATE TABLE KEEP (a Int32) ENGINE = MergeTree ORDER BY KEEP SETTINGS disk = disk(type \
    = encrypted, disk = disk(type = s3, access_key_id = 'TOP'), key = 'TOP')
    """,
    "CREATE DATABASE KEEP ENGINE = MySQL('KEEP:1', 'KEEP', 'root', 'TOP')",
    "CREATE DATABASE KEEP ENGINE = PostgreSQL('KEEP:1', 'KEEP', 'root', 'TOP', 'root')",
    "CREATE DATABASE KEEP ENGINE = S3('http://KEEP', 'TOP', 'TOP')",
    """
    CREATE DATABASE KEEP ENGINE = DataLakeCatalog('http://KEEP', 'TOP', 'TOP') SETTINGS \
    catalog_credential = 'TOP', auth_header = 'Authorization: Bearer TOP'
    """,
    """
    CREATE DICTIONARY KEEP (a UInt64) PRIMARY KEY a SOURCE(CLICKHOUSE(HOST 'KEEP' USER \
    'KEEP' PASSWORD 'TOP' DB 'KEEP')) LAYOUT(FLAT()) LIFETIME(0)
    """,
    """
    CREATE DICTIONARY KEEP (a UInt64) PRIMARY KEY a SOURCE(MYSQL(PASSWORD'TOP'HOST'h')) \
    LAYOUT(FLAT())
    """,
    """
    CREATE DICTIONARY KEEP (a UInt64) PRIMARY KEY a SOURCE(HTTP(URL 'http://KEEP/' \
    CREDENTIALS(USER 'KEEP' PASSWORD 'TOP') HEADERS(HEADER(NAME 'KEEP' VALUE 'TOP')))) \
    LAYOUT(FLAT())
    """,
    """
    CREATE DICTIONARY KEEP (a UInt64) PRIMARY KEY a SOURCE(MONGODB(URI \
    'mongodb://TOP:TOP@KEEP/')) LAYOUT(FLAT())
    """,
    """
    CREATE DICTIONARY KEEP (a UInt64) PRIMARY KEY a SOURCE(ODBC(DB 'd' CONNECTION_STRING \
    'DSN=x;PWD=TOP')) LAYOUT(FLAT())
    """,
    "BACKUP TABLE KEEP TO S3('http://KEEP', 'TOP', 'TOP') SETTINGS password = 'TOP'",
    "BACKUP TABLE KEEP TO AzureBlobStorage('AccountName=KEEP;AccountKey=TOP', 'KEEP', 'KEEP')",
    "RESTORE TABLE KEEP FROM S3('http://KEEP', 'TOP', 'TOP')",
    "CREATE USER KEEP IDENTIFIED WITH sha256_password BY 'TOP'",
    "CREATE USER KEEP IDENTIFIED BY'TOP'",
    "ALTER USER KEEP IDENTIFIED WITH plaintext_password BY 'TOP', bcrypt_password BY 'TOP'",
    "CREATE USER KEEP IDENTIFIED WITH sha256_hash BY 'TOP' SALT 'TOP'",
    "CREATE NAMED COLLECTION KEEP AS url = 'TOP', key = 'TOP' NOT OVERRIDABLE, KEEP = 123",
    "ALTER NAMED COLLECTION KEEP SET KEEP = 'TOP'",
    "SELECT 1 SETTINGS format_avro_schema_registry_url = 'http://TOP:TOP@KEEP/'",
    "SET format_avro_schema_registry_url='http://TOP:TOP@KEEP/'",
    "INSERT INTO FUNCTION s3('http://KEEP', 'TOP', 'TOP', 'CSV') SELECT 'KEEP'",
    "CREATE VIEW KEEP AS SELECT * FROM s3('http://KEEP', 'TOP', 'TOP', 'CSV')",
    "SELECT 1 -- s3('http://KEEP', 'TOP', 'TOP')",
    "SELECT * FROM s3('http://KEEP', 'TOP', 'TOP') # an old one: TOP\nWHERE KEEP",
    "SELECT * FROM s3('http://h', 'TOP', 'TOP",
    "SELECT * FROM s3('http://h', 'TOP', 'TOP' FROM t",
    "SELECT * FROM t WHERE api_key = 'TOP' AND KEEP = 'KEEP' AND a.token = b.KEEP",
    "SELECT '{\"KEEP\": 1, \"password\": \"TOP\"}', '{\\\"secret\\\": \\\"TOP\\\"}', 'KEEP'",
    "SELECT 'AKIATOP4567890123456', 'KEEP'",
    "SELECT 'SELECT * FROM s3(\\'http://TOP\\', \\'TOP\\', \\'TOP\\')', 'x'",
    "SELECT 'SELECT * FROM s3(''http://h/'', ''TOP'', ''TOP'')', 'x'",
  ]

  @Test(arguments: statements)
  func noSecretIsLeft(sql: String) {
    let masked = SecretMask.masked(sql: sql)
    #expect(!masked.contains("TOP"), "\(masked)")
    #expect(Self.count("KEEP", in: masked) == Self.count("KEEP", in: Self.code(sql)), "\(masked)")
    #expect(SecretMask.masked(sql: masked) == masked)
    // A message that quotes it, behind a quote that has no end.
    let message = SecretMask.masked(message: "the server doesn't know it: \(Self.code(sql))")
    #expect(!message.contains("TOP"), "\(message)")
  }

  private static func count(_ word: String, in text: String) -> Int {
    text.ranges(of: word).count
  }

  /// A statement without its comments.
  private static func code(_ sql: String) -> String {
    SQLLexer(sql).filter { $0.kind != .comment }.map { String($0.text) }.joined()
  }

  @Test(
    arguments: [
      (
        "SELECT * FROM s3('http://h/b', 'k', 's', 'Parquet')",
        "SELECT * FROM s3('http://h/b', '[HIDDEN]', '[HIDDEN]', 'Parquet')"
      ),
      ("url('http://u:p@h/x')", "url('http://[HIDDEN]@h/x')"),
      ("encrypt('m', 'SECRET') + f('y')", "encrypt('m', '[HIDDEN]') + f('y')"),
      ("SELECT 'MYSECRET', f('y')", "SELECT 'MYSECRET', f('y')"),
      ("SELECT 1 -- s3('u', 'a', 'b')\nFROM t", "SELECT 1 -- [HIDDEN]\nFROM t"),
      ("mysql('h', 'd', 't', 'u', concat('a', 'b'))", "mysql('h', 'd', 't', 'u', '[HIDDEN]')"),
      ("mysql('h', 'd', 't', 'u', {pw: String})", "mysql('h', 'd', 't', 'u', {pw: String})"),
      ("SELECT {password: String}, {secret:String}", "SELECT {password: String}, {secret:String}"),
      ("SELECT password::String, t.token FROM t", "SELECT password::String, t.token FROM t"),
      ("SET insert_deduplication_token = 'x'", "SET insert_deduplication_token = 'x'"),
      ("SET use_environment_credentials = 1", "SET use_environment_credentials = 1"),
      ("SELECT 1 GROUP BY 'x' ORDER BY 'y'", "SELECT 1 GROUP BY 'x' ORDER BY 'y'"),
      ("SELECT 1 -- password\n", "SELECT 1 -- password\n"),
      ("SELECT * FROM url('http://h:1/x', 'CSV')", "SELECT * FROM url('http://h:1/x', 'CSV')"),
    ])
  func theRestStaysAsItIs(sql: String, expected: String) {
    #expect(SecretMask.masked(sql: sql) == expected)
  }

  @Test(
    arguments: [
      // 25.8 shows what it hides in its log.
      (
        "Bucket name: While processing disk(type = 's3', secret_access_key = 'TOP'). Good bye",
        "SELECT 1", false
      ),
      ("Can't connect to (http://u:TOP@h/x): doesn't answer", "SELECT 1", false),
      (
        "The AWS Access Key Id TOPKEY1 does not exist", "SELECT * FROM s3('u', 'TOPKEY1', 's')",
        false
      ),
      ("Bad: 'TOP', \"TO'P\"", "SELECT * FROM s3('u', 'TOP', 'TO\\'P')", false),
      (
        "Syntax error: failed at position 37 ('TOP'): 'TOP', 'TOP). Expected one of: token, Comma",
        "SELECT 1", true
      ),
      (
        "Single quoted string is not closed: Syntax error: failed at position 54 ('TOP): 'TOP. .",
        "SELECT 1", true
      ),
      (
        "Syntax error: failed at position 9 ('x') (line 1, col 9): $a$TOP$a -- TOP\n. Expected",
        "SELECT 1", true
      ),
    ])
  func aMessageHasNoSecrets(message: String, sql: String, isSyntaxError: Bool) {
    let masked = SecretMask.masked(message: message, about: sql, isSyntaxError: isSyntaxError)
    #expect(!masked.contains("TOP") && !masked.contains("TO'P"), "\(masked)")
    #expect(masked.contains(SecretMask.replacement))
  }

  @Test(
    arguments: [
      "Unknown expression identifier `x` in scope SELECT x FROM t WHERE a = 'b'.",
      "There is no user `u68` in `user directories`.",
      "Table db.t doesn't exist. Maybe you meant db.tt?",
      "Not enough privileges. To execute it, it's necessary to have the grant SELECT",
      "Connection refused (127.0.0.1:9000)",
      "Expected one of: token, Comma, ClosingRoundBracket",
      "(total) memory limit exceeded: would use 1.00 GiB (attempt to allocate chunk of 4.00 MiB)",
    ])
  func anOrdinaryMessageStaysAsItIs(message: String) {
    #expect(
      SecretMask.masked(message: message, about: "SELECT id FROM t", isSyntaxError: false)
        == message)
  }

  @Test(arguments: [UInt64](1...8))
  func anyTextIsMaskedOnceAndForAll(seed: UInt64) {
    var random = SplitMix(state: seed)
    let pieces =
      [
        "'", "''", "\\", "\\'", "\"", "`", "$a$", "/*", "*/", "--", "# ", " ", "\n", "{a:", "}",
        "\0",
      ]
      + [
        "s3(", "azureBlobStorage(", "remote(", "encrypt(", "disk(", "headers(", "mysql(", "(", ")",
      ]
      + ["://", "@", ":", "?", "&", "=", ",", ";", ".", "password", "token", "BY", "IDENTIFIED "]
      + ["NAMED COLLECTION", "type", "é", "\u{2018}", "[HIDDEN]", "x", "1", "Parquet", "NOSIGN"]
    for _ in 0..<300 {
      var text = ""
      for _ in 0..<Int.random(in: 0...30, using: &random) {
        text += pieces.randomElement(using: &random) ?? ""
      }
      for masked in [
        SecretMask.masked(sql: text), SecretMask.masked(message: text),
        SecretMask.masked(message: text, about: text, isSyntaxError: true),
      ] {
        #expect(masked.utf8.count <= 16 * (text.utf8.count + 1))
      }
      // A secret keeps nothing of itself, whatever stands around it.
      let statement = "\(text)\nSELECT * FROM s3('http://h/b', 'TOPKEY', 'TOPSECRET')"
      let masked = SecretMask.masked(message: statement)
      #expect(!masked.contains("TOPSECRET"), "\(statement.debugDescription)")
    }
  }
}
