// Rules for which arguments of table functions, engines, backups and functions are secrets.

/// The layout of a call's arguments.
enum SecretCall {
  /// `[cluster,] url [, NOSIGN | key, secret [, token]] [, format, …]`.
  case s3(cluster: Bool)
  /// `[cluster,] connection or url, container, path [, account, key] [, format, …]`.
  case azure(cluster: Bool)
  /// `address, database.table | database, table | function(), user, password`.
  case remote
  /// Secrets at fixed positions, from 0; an engine's may differ.
  case places(Set<Int>, ofEngine: Set<Int>)
  /// Every argument from a position on.
  case from(Int)
  case headers
  /// `type = s3, key = value, …`: every value except those of some keys.
  case values(but: Set<String>)

  /// What the name before a bracket denotes.
  enum Use {
    case function, engine, either

    func places(_ ofFunction: Set<Int>, _ ofEngine: Set<Int>) -> Set<Int> {
      switch self {
      case .function: ofFunction
      case .engine: ofEngine
      case .either: ofFunction.union(ofEngine)
      }
    }
  }

  /// By lower-case name of the function, engine or backup.
  static let rules: [String: SecretCall] = {
    var rules: [String: SecretCall] = [
      "remote": .remote, "remotesecure": .remote,
      "mysql": .places([4], ofEngine: [3, 4]), "postgresql": .places([4], ofEngine: [3, 4]),
      "materializedpostgresql": .places([3, 4], ofEngine: [3, 4]),
      "materializedmysql": .places([3, 4], ofEngine: [3, 4]),
      "materializemysql": .places([3, 4], ofEngine: [3, 4]),
      "mongodb": .places([4], ofEngine: [4]), "redis": .places([2, 4], ofEngine: [2]),
      "externaldistributed": .places([5], ofEngine: [5]),
      "jdbc": .places([0], ofEngine: [0]), "odbc": .places([0], ofEngine: [0]),
      "ytsaurus": .places([2], ofEngine: [2]), "arrowflight": .places([3], ofEngine: [3]),
      "encrypt": .from(1), "decrypt": .from(1), "trydecrypt": .from(1),
      "aes_encrypt_mysql": .from(1), "aes_decrypt_mysql": .from(1), "hmac": .from(2),
      "headers": .headers, "disk": .values(but: ["type", "disk", "name", "path"]),
      "extra_credentials": .values(but: ["role_arn", "role_session_name"]),
    ]
    let s3 = [
      "s3", "gcs", "oss", "cosn", "s3queue", "ossqueue", "hudi", "deltalake", "deltalakes3",
      "iceberg", "icebergs3", "paimon", "paimons3", "datalakecatalog",
    ]
    let azure = [
      "azureblobstorage", "azurequeue", "icebergazure", "deltalakeazure", "paimonazure",
    ]
    for isCluster in [false, true] {
      for name in s3 { rules[isCluster ? name + "cluster" : name] = .s3(cluster: isCluster) }
      for name in azure { rules[isCluster ? name + "cluster" : name] = .azure(cluster: isCluster) }
    }
    return rules
  }()

  /// Whether a text is a format name, after which no key follows.
  static func isFormat(_ text: String) -> Bool { formats.contains(text.lowercased()) }

  /// The formats of 25.8 by their prefixes in `system.formats`, and `auto`.
  private static let formats: Set<String> = {
    var names = Set(
      """
      auto arrow arrowstream avro avroconfluent bsoneachrow buffers capnproto dwarf form hash \
      jsonasobject jsonasstring jsoncolumns jsoncolumnswithmetadata jsoncompactcolumns \
      jsonobjecteachrow lineasstring markdown msgpack mysqldump mysqlwire native npy null \
      odbcdriver2 one orc parquet parquetmetadata postgresqlwire prometheus protobuf protobuflist \
      protobufsingle raw rawblob regexp rowbinary rowbinarywithdefaults sqlinsert template \
      templateignorespaces values vertical xml
      """.split(separator: " ").map(String.init))
    for name in [
      "csv", "tsv", "tskv", "tsvraw", "tabseparated", "tabseparatedraw", "raw", "rowbinary",
      "customseparated", "customseparatedignorespaces", "lineasstring", "jsoncompacteachrow",
      "jsoncompactstringseachrow",
    ] {
      for ending in ["", "withnames", "withnamesandtypes", "withprogress"] {
        names.insert(name + ending)
      }
    }
    for name in ["json", "jsoncompact", "jsonstrings", "jsoncompactstrings", "prettyjson"] {
      for ending in ["", "eachrow", "eachrowwithprogress", "lines"] { names.insert(name + ending) }
    }
    names.formUnion(["ndjson", "prettyndjson"])
    for name in ["pretty", "prettycompact", "prettyspace"] {
      for ending in ["", "noescapes", "monoblock", "noescapesmonoblock"] {
        names.insert(name + ending)
      }
    }
    return names
  }()
}

struct SecretArgument {
  /// At least one token; no white space or comments.
  var tokens: [PlacedToken]

  var range: Range<Int> {
    tokens[0].range.lowerBound..<tokens[tokens.count - 1].range.upperBound
  }

  var only: PlacedToken? { tokens.count == 1 ? tokens[0] : nil }

  /// The key in `name = value`, in lower case.
  var key: String? {
    guard tokens.count > 2, tokens[1].token.isSign("=") else { return nil }
    return (tokens[0].token.name ?? tokens[0].token.value)?.lowercased()
  }

  var value: SecretArgument { SecretArgument(tokens: Array(tokens.dropFirst(2))) }

  /// The function in `function(…)`, in lower case.
  var function: String? {
    guard tokens.count > 1, tokens[1].token.isSign("(") else { return nil }
    return tokens[0].token.name?.lowercased()
  }

  var isFormat: Bool {
    guard let token = only?.token, let text = token.value ?? token.name else { return false }
    return SecretCall.isFormat(text)
  }

  /// Whether it disables request signing.
  var isNoSign: Bool {
    (only?.token.value ?? only?.token.name)?.lowercased() == "nosign"
  }
}

struct SecretArguments {
  var all: [SecretArgument] = []
  var comments: [Range<Int>] = []
  /// From after the opening bracket to before the closing one.
  var range: Range<Int>
  var isClosed = false
  /// Whether every token is valid in an argument list.
  var isUnderstood = true

  /// Whether it contains a string, or something that may hide one.
  var hasText: Bool {
    !comments.isEmpty || !isUnderstood
      || all.contains { $0.tokens.contains { $0.token.value != nil } }
  }

  /// Arguments without a name, except `headers(…)` and `extra_credentials(…)`.
  var positional: [SecretArgument] {
    all.filter { argument in
      argument.key == nil
        && !["headers", "extra_credentials"].contains(argument.function ?? "")
    }
  }
}
