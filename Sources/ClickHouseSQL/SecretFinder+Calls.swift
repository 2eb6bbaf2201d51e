// Finds secrets among the arguments of table functions, engines, backups and functions.

extension SecretFinder {
  /// Masks the secret arguments of the call whose name ends here, if any.
  mutating func searchCall(_ rule: SecretCall, after nameEnd: Int) {
    var nameEnd = nameEnd
    if at(nameEnd)?.isQuote == true { nameEnd += 1 }
    var lexer = SQLLexer(text, bytes, at: nameEnd)
    var next = lexer.nextPlaced()
    while let token = next, !token.token.isSignificant { next = lexer.nextPlaced() }
    guard let bracket = next, bracket.token.isSign("(") else { return }
    let arguments = arguments(&lexer, after: bracket.range.upperBound)
    guard arguments.isUnderstood, arguments.isClosed else {
      // Without a string it is a bracket in prose.
      if arguments.hasText { hide(arguments.range) }
      return
    }
    let found = edits.count
    hide(rule, arguments, use(of: nameEnd))
    for argument in arguments.all {
      guard let key = argument.key, SecretName.isSecret(key) else { continue }
      hide(argument.value)
    }
    // A comment next to a secret may contain another one.
    if edits.count > found {
      for comment in arguments.comments { add(comment, "/* \(SecretMask.replacement) */") }
    }
  }

  /// Reads an argument list up to its closing bracket.
  private func arguments(_ lexer: inout SQLLexer, after start: Int) -> SecretArguments {
    var list = SecretArguments(range: start..<start)
    var tokens: [PlacedToken] = []
    var depth = 0
    while let next = lexer.nextPlaced() {
      let token = next.token
      if depth == 0, token.isSign(")") {
        list.isClosed = true
        break
      }
      if token.isSign(";") { break }
      list.range = start..<next.range.upperBound
      guard token.isSignificant else {
        if token.kind == .comment { list.comments.append(next.range) }
        continue
      }
      if token.kind == .other || !token.isComplete { list.isUnderstood = false }
      // `''http` is a string inside a string, where quotes are doubled.
      if let last = tokens.last, last.range.upperBound == next.range.lowerBound,
        [last.token.kind, token.kind].contains(.string),
        ![last.token.kind, token.kind].contains(.sign)
      {
        list.isUnderstood = false
      }
      if token.kind == .sign {
        if "([{".contains(token.text) { depth += 1 }
        if ")]}".contains(token.text) { depth -= 1 }
      }
      if depth == 0, token.isSign(",") {
        if !tokens.isEmpty { list.all.append(SecretArgument(tokens: tokens)) }
        tokens = []
      } else {
        tokens.append(next)
      }
    }
    if !tokens.isEmpty { list.all.append(SecretArgument(tokens: tokens)) }
    return list
  }

  /// What the name that ends here denotes: an engine after `ENGINE =`, otherwise a function.
  /// Function names are case-sensitive in lower case.
  private func use(of nameEnd: Int) -> SecretCall.Use {
    var place = nameEnd
    while let byte = at(place - 1), byte.isWordPart || byte.isQuote { place -= 1 }
    let isCapital = bytes[place..<nameEnd].contains { (0x41...0x5a).contains($0) }
    while let byte = at(place - 1), byte.isBlank || byte == UInt8(ascii: "=") { place -= 1 }
    if place >= 6, lowercased(place - 6..<place) == "engine" { return .engine }
    return isCapital ? .either : .function
  }

  private mutating func hide(_ rule: SecretCall, _ list: SecretArguments, _ use: SecretCall.Use) {
    let positional = list.positional
    switch rule {
    case .s3(let isCluster):
      let kind = list.all.first { $0.key == "storage_type" }?.value.only?.token.value
      if kind?.lowercased() == "azure" {
        hideAzure(positional, url: isCluster ? 1 : 0)
      } else {
        hideS3(positional, url: isCluster ? 1 : 0)
      }
    case .azure(let isCluster): hideAzure(positional, url: isCluster ? 1 : 0)
    case .remote: hideRemote(positional)
    case .places(let ofFunction, let ofEngine):
      for place in use.places(ofFunction, ofEngine) where place < positional.count {
        hide(positional[place])
      }
    case .from(let place):
      for argument in list.all.dropFirst(place) { hide(argument) }
    case .headers:
      for tokens in list.all.map(\.tokens) {
        for (place, token) in tokens.enumerated() where content(token) != nil {
          let isName = place > 0 && tokens[place - 1].token.isWord("NAME")
          let isKey = place + 1 < tokens.count && tokens[place + 1].token.isSign("=")
          if !isName, !isKey { hide(token) }
        }
      }
    case .values(let kept):
      for argument in list.all {
        guard let key = argument.key, !kept.contains(key), argument.value.function == nil else {
          continue
        }
        hide(argument.value)
      }
    }
  }

  /// Masks an argument, unless it is a query parameter.
  private mutating func hide(_ argument: SecretArgument) {
    guard let only = argument.only else { return add(argument.range, quotedReplacement) }
    if only.token.kind != .parameter { hide(only) }
  }

  /// The server's rule: with more than three arguments after the URL the first two are keys.
  /// Otherwise every argument up to a format is one.
  private mutating func hideS3(_ list: [SecretArgument], url: Int) {
    var place = url + 1
    guard place < list.count, !list[place].isNoSign else { return }
    if list.count <= url + 4, list[place].isFormat { return }
    while place < list.count, place <= url + 2 || !list[place].isFormat {
      hide(list[place])
      place += 1
    }
  }

  private mutating func hideAzure(_ list: [SecretArgument], url: Int) {
    var place = url + 3
    guard place < list.count else { return }
    if list.count > url + 7 || !list[place].isFormat {
      while place < list.count, place <= url + 4 || !list[place].isFormat {
        hide(list[place])
        place += 1
      }
    }
    // An engine may have its keys after the format.
    for argument in list[place...] where argument.range.count >= 40 {
      if argument.only?.token.value?.contains(where: \.isWhitespace) == false { hide(argument) }
    }
  }

  private mutating func hideRemote(_ list: [SecretArgument]) {
    guard list.count > 3 else { return }
    let table = list[1]
    let name = table.only.flatMap { $0.token.value ?? $0.token.name }
    let isPlainName = name.map { !$0.contains(".") } ?? false
    // The server cannot tell whether a table follows an expression, and masks both.
    let isExpression = table.only == nil && !table.tokens.contains { $0.token.isSign(".") }
    let places = isPlainName ? [4] : isExpression ? [3, 4] : [3]
    for place in places where place < list.count { hide(list[place]) }
  }
}
