// One running request: configures libcurl, passes bytes through its callbacks, collects the
// response. Stays on its connection's thread.

import CCurl

final class Transfer {
  private let job: Job
  private let address: WebAddress?
  private let start = ContinuousClock.now
  private var activity = ContinuousClock.now
  private var headerList: UnsafeMutablePointer<curl_slist>?

  private var head: ResponseHead?
  private var isHeadComplete = false
  private var headerBytes = 0
  private var sink: BodySink?
  private var source: BodySource?
  private var response = Response(head: ResponseHead(status: 0, headers: Headers()))
  private var requests = 0
  /// A callback's error; takes precedence over the code with which libcurl then ends.
  private var failure: (any Error)?

  private static let headerBytesMax = 1 << 20
  private static let writeAborted = Int(CURL_WRITEFUNC_ERROR)
  private static let readAborted = Int(CURL_READFUNC_ABORT)

  init(_ job: Job) {
    self.job = job
    address = WebAddress(parsing: job.request.url)
  }

  deinit { curl_slist_free_all(headerList) }

  func error(_ kind: TransportError.Kind, code: CURLcode = CURLE_OK, detail: String = "")
    -> TransportError
  {
    TransportError(
      kind, code: code, detail: detail, url: address?.redacted ?? "a malformed URL",
      response: isHeadComplete ? response : nil)
  }

  /// How long the loop may sleep, in milliseconds. Throws after cancellation or a timeout.
  func timeout() throws -> Int32 {
    if job.cancellation.isRequested { throw CancellationError() }
    let now = ContinuousClock.now
    var timeout = Duration.seconds(1)
    if let idle = job.request.timeouts.idle {
      let left = idle - (now - activity)
      guard left > .zero else { throw error(.timedOut(.idle)) }
      timeout = min(timeout, left)
    }
    if let total = job.request.timeouts.total {
      let left = total - (now - start)
      guard left > .zero else { throw error(.timedOut(.total)) }
      timeout = min(timeout, left)
    }
    // Rounded up, or the loop would spin through the last millisecond.
    return Int32(timeout / .milliseconds(1)) + 1
  }

  func finish(_ code: CURLcode, _ easy: Easy) throws -> Response {
    response.timings.connect_ms = max(
      easy.milliseconds(CURLINFO_CONNECT_TIME_T), easy.milliseconds(CURLINFO_APPCONNECT_TIME_T))
    response.timings.firstByte_ms = easy.milliseconds(CURLINFO_STARTTRANSFER_TIME_T)
    response.timings.total_ms = easy.milliseconds(CURLINFO_TOTAL_TIME_T)
    response.reusedConnection = easy.number(CURLINFO_NUM_CONNECTS) == 0
    if let failure { throw failure }
    guard code == CURLE_OK else {
      let words = easy.message
      let detail = words.isEmpty ? String(cString: curl_easy_strerror(code)) : words
      let kind = TransportError.Kind(code)
      throw error(requests > 0 && kind.isBeforeSending ? .reset : kind, code: code, detail: detail)
    }
    guard isHeadComplete else { throw error(.reset, detail: "no answer") }
    return response
  }
}

extension Transfer {
  func configure(_ easy: Easy) throws {
    let request = job.request
    guard let address, ["http", "https"].contains(address.scheme) else {
      throw error(.badRequest, detail: "an http: or https: URL is needed")
    }
    try easy.setMessageBuffer()
    try easy.set(CURLOPT_URL, request.url)
    try easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
    try easy.set(CURLOPT_NOSIGNAL, 1)
    try easy.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    try easy.set(CURLOPT_BUFFERSIZE, 512 << 10)
    try easy.set(CURLOPT_UPLOAD_BUFFERSIZE, 1 << 20)
    try easy.set(CURLOPT_TCP_KEEPALIVE, 1)
    // Servers close idle connections after 3 s (old versions) to 30 s; reusing one that is closing
    // would fail the request.
    try easy.set(CURLOPT_MAXAGE_CONN, 2)
    // Without this an abort waits for the resolver's thread.
    try easy.set(CURLOPT_QUICK_EXIT, 1)
    if address.isLoopback { try easy.set(CURLOPT_PROXY, "") }
    if let connect = request.timeouts.connect {
      try easy.set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(connect / .milliseconds(1))))
    }
    switch request.trust {
    case .system: break
    case .authorities(let file): try easy.set(CURLOPT_CAINFO, file)
    case .anyone:
      try easy.set(CURLOPT_SSL_VERIFYPEER, 0)
      try easy.set(CURLOPT_SSL_VERIFYHOST, 0)
    }
    let isChunked = try configureBody(easy)
    try configureHeaders(easy, isChunked: isChunked)
    try configureCallbacks(easy)
  }

  private func configureBody(_ easy: Easy) throws -> Bool {
    var isChunked = false
    switch job.body {
    case .none: try easy.set(CURLOPT_HTTPGET, 1)
    case .bytes(let bytes):
      try easy.set(CURLOPT_POST, 1)
      try easy.set(CURLOPT_POSTFIELDSIZE_LARGE, size: bytes.count)
      try easy.set(CURLOPT_COPYPOSTFIELDS, copy: bytes)
      response.sentBytes = bytes.count
    case .stream(let source, let length):
      try easy.set(CURLOPT_POST, 1)
      if let length { try easy.set(CURLOPT_POSTFIELDSIZE_LARGE, size: length) }
      self.source = source
      isChunked = length == nil
    }
    if job.request.method == "HEAD" {
      try easy.set(CURLOPT_NOBODY, 1)
    } else {
      try easy.set(CURLOPT_CUSTOMREQUEST, job.request.method)
    }
    return isChunked
  }

  private func configureHeaders(_ easy: Easy, isChunked: Bool) throws {
    // libcurl adds these two to a POST; a line without a value removes them.
    var lines = ["Expect:"]
    if isChunked { lines.append("Transfer-Encoding: chunked") }
    if !job.request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
      lines.append("Content-Type:")
    }
    for (name, value) in job.request.headers {
      let isPlain = (name + value).utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
      guard isPlain, !name.isEmpty, !name.contains(":") else {
        throw error(.badRequest, detail: "the header '\(name)' holds a control character")
      }
      // libcurl's syntax for a header without a value.
      lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)")
    }
    for line in lines {
      guard let longer = curl_slist_append(headerList, line) else {
        throw error(.other, detail: "no memory for the headers")
      }
      headerList = longer
    }
    try easy.set(CURLOPT_HTTPHEADER, list: headerList)
  }

  private func configureCallbacks(_ easy: Easy) throws {
    try easy.setCallbacks(
      receive: { bytes, _, count, context in
        Transfer.from(context).take(UnsafeRawBufferPointer(start: bytes, count: count))
      },
      header: { bytes, _, count, context in
        Transfer.from(context).takeHeader(UnsafeRawBufferPointer(start: bytes, count: count))
      },
      source: { bytes, size, count, context in
        Transfer.from(context)
          .give(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
      },
      beforeRequest: { context, _, _, _, _ in
        Transfer.from(context).begin()
      },
      context: Unmanaged.passUnretained(self).toOpaque())
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> Transfer {
    guard let context else { preconditionFailure("libcurl lost the context of a callback") }
    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
  }

  /// libcurl resends a request on a new connection if a reused one broke before any response. The
  /// server may have started by then: a query that ran twice would distort the measurement, and a
  /// crashed server would look like an unreachable one.
  private func begin() -> Int32 {
    requests += 1
    if requests == 1 { return CURL_PREREQFUNC_OK }
    failure = error(.reset, code: CURLE_GOT_NOTHING, detail: "it was closed before any answer")
    return CURL_PREREQFUNC_ABORT
  }

  private func takeHeader(_ line: UnsafeRawBufferPointer) -> Int {
    activity = .now
    headerBytes += line.count
    guard headerBytes <= Transfer.headerBytesMax else {
      failure = error(.other, detail: "more than 1 MiB of header lines")
      return Transfer.writeAborted
    }
    if isHeadComplete {
      response.trailers.append(line: line)
      return line.count
    }
    let isEnd = line.allSatisfy { $0 == 0x0d || $0 == 0x0a }
    if line.starts(with: "HTTP/".utf8) {
      let words = line.split(separator: 0x20)
      let status = words.count > 1 ? Int(String(decoding: words[1].prefix(3), as: UTF8.self)) : nil
      response.head = ResponseHead(status: status ?? 0, headers: Headers())
    } else if !isEnd {
      response.head.headers.append(line: line)
    } else if response.head.status >= 200 {
      isHeadComplete = true
      do { sink = try job.receive(response.head) } catch {
        failure = error
        return Transfer.writeAborted
      }
    }
    return line.count
  }

  private func take(_ bytes: UnsafeRawBufferPointer) -> Int {
    do {
      if job.cancellation.isRequested { throw CancellationError() }
      response.receivedBytes += bytes.count
      if let sink {
        try sink(bytes)
      } else {
        let room = HTTPClient.collectedBytesMax - response.body.count
        response.body.append(contentsOf: bytes.prefix(room))
      }
      activity = .now
      return bytes.count
    } catch {
      failure = error
      return Transfer.writeAborted
    }
  }

  private func give(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let source else { return 0 }
    do {
      if job.cancellation.isRequested { throw CancellationError() }
      let count = try source(buffer)
      precondition((0...buffer.count).contains(count), "a source wrote beyond its buffer")
      response.sentBytes += count
      activity = .now
      return count
    } catch {
      failure = error
      return Transfer.readAborted
    }
  }
}
