// Which arguments of a table function, an engine, a backup or a function are secrets.

/// How the arguments of a call are laid out.
enum SecretCall {
  /// `[cluster,] url [, NOSIGN | key, secret [, token]] [, format, …]`.
  case s3(cluster: Bool)
  /// `[cluster,] connection or url, container, path [, account, key] [, format, …]`.
  case azure(cluster: Bool)
  /// `address, database.table | database, table | function(), user, password`.
  case remote
  /// Secrets at fixed places, counted from 0; those of an engine may stand elsewhere.
  case places(Set<Int>, ofEngine: Set<Int>)
  /// Everything from a place on.
  case from(Int)
  case headers
  /// `type = s3, key = value, …`: every value but those of some keys.
  case values(but: Set<String>)

  /// What a name in front of a bracket is.
  package enum Use {
    case function, engine, either

    package func places(_ ofFunction: Set<Int>, _ ofEngine: Set<Int>) -> Set<Int> {
      switch self {
      case .function: ofFunction
      case .engine: ofEngine
      case .either: ofFunction.union(ofEngine)
      }
    }
  }

  /// Rules by name in lower case: names of functions, of engines and of backups.
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

  /// Whether a text is the name of a format, after which no key comes.
  static func isFormat(_ text: String) -> Bool { formats.contains(text.lowercased()) }

  /// `system.formats` of 25.8 by what their names begin with, and `auto`.
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
  /// Its tokens without white space and comments; at least one.
  package var tokens: [PlacedToken]

  /// All of its bytes.
  package var range: Range<Int> {
    tokens[0].range.lowerBound..<tokens[tokens.count - 1].range.upperBound
  }

  package var only: PlacedToken? { tokens.count == 1 ? tokens[0] : nil }

  /// The name of `name = value`, in lower case.
  package var key: String? {
    guard tokens.count > 2, tokens[1].token.isSign("=") else { return nil }
    return (tokens[0].token.name ?? tokens[0].token.value)?.lowercased()
  }

  package var value: SecretArgument { SecretArgument(tokens: Array(tokens.dropFirst(2))) }

  /// The function in `function(…)`, in lower case.
  package var function: String? {
    guard tokens.count > 1, tokens[1].token.isSign("(") else { return nil }
    return tokens[0].token.name?.lowercased()
  }

  var isFormat: Bool {
    guard let token = only?.token, let text = token.value ?? token.name else { return false }
    return SecretCall.isFormat(text)
  }

  /// Whether it says that requests are not signed.
  var isNoSign: Bool {
    (only?.token.value ?? only?.token.name)?.lowercased() == "nosign"
  }
}

struct SecretArguments {
  package var all: [SecretArgument] = []
  package var comments: [Range<Int>] = []
  /// From behind the opening bracket to before the closing one.
  package var range: Range<Int>
  /// Whether it has a closing bracket.
  package var isClosed = false
  /// Whether every token is one that a list of arguments may have.
  var isUnderstood = true

  /// Whether it has a text, or what may hide one.
  var hasText: Bool {
    !comments.isEmpty || !isUnderstood
      || all.contains { $0.tokens.contains { $0.token.value != nil } }
  }

  /// Those without a name, but for `headers(…)` and `extra_credentials(…)`.
  var positional: [SecretArgument] {
    all.filter { argument in
      argument.key == nil
        && !["headers", "extra_credentials"].contains(argument.function ?? "")
    }
  }
}
