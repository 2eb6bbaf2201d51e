// Typed wrappers of libcurl's multi and easy handles. Every method except `wake()` checks that it
// runs on the handle's thread.

import CCurl
import Glibc
import Synchronization

/// Belongs to the first thread that polls it; only ``wake()`` may be called from others.
final class Multi: @unchecked Sendable {
  private let handle: UnsafeMutableRawPointer
  // Also prevents a wake-up of a closed handle.
  private let isClosed = Mutex(false)
  private var thread: pthread_t?

  init() throws {
    _ = Multi.libraryIsReady
    guard let handle = curl_multi_init() else {
      throw TransportError(.other, detail: "libcurl returned no multi handle", url: "any server")
    }
    self.handle = handle
  }

  /// libcurl's global state is initialized once, before the first handle.
  private static let libraryIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  func wake() {
    isClosed.withLock { isClosed in
      if !isClosed { curl_multi_wakeup(handle) }
    }
  }

  func poll(milliseconds: Int32) {
    check()
    curl_multi_poll(handle, nil, 0, milliseconds, nil)
  }

  func add(_ easy: Easy) throws {
    check()
    let code = curl_multi_add_handle(handle, easy.handle)
    guard code == CURLM_OK else {
      throw TransportError(.other, detail: "libcurl's multi code \(code.rawValue)", url: "a server")
    }
  }

  func remove(_ easy: Easy) {
    check()
    curl_multi_remove_handle(handle, easy.handle)
  }

  func perform() {
    check()
    var running: Int32 = 0
    let code = curl_multi_perform(handle, &running)
    precondition(code == CURLM_OK, "libcurl failed with multi code \(code.rawValue)")
  }

  /// The transfer's result; nil while it runs.
  func result() -> CURLcode? {
    check()
    var left: Int32 = 0
    while let message = curl_multi_info_read(handle, &left) {
      if message.pointee.msg == CURLMSG_DONE { return curl_message_result(message) }
    }
    return nil
  }

  func close() {
    isClosed.withLock { isClosed in
      isClosed = true
      curl_multi_cleanup(handle)
    }
  }

  private func check() {
    if let thread {
      precondition(pthread_equal(thread, pthread_self()) != 0, "libcurl on a foreign thread")
    } else {
      thread = pthread_self()
    }
  }
}

/// Belongs to the thread that created it.
final class Easy {
  let handle: UnsafeMutableRawPointer
  private let thread = pthread_self()
  private let words = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

  init?() {
    guard let handle = curl_easy_init() else { return nil }
    self.handle = handle
    words.pointee = 0
  }

  deinit { words.deallocate() }

  /// libcurl's message about the last failure, or empty.
  var message: String { String(cString: words) }

  func reset() {
    check()
    curl_easy_reset(handle)
  }

  func close() {
    check()
    curl_easy_cleanup(handle)
  }

  func set(_ option: CURLoption, _ value: Int) throws {
    check()
    try accept(curl_set_long(handle, option, value))
  }

  func set(_ option: CURLoption, size: Int) throws {
    check()
    try accept(curl_set_size(handle, option, curl_off_t(size)))
  }

  func set(_ option: CURLoption, _ value: String) throws {
    check()
    try accept(curl_set_string(handle, option, value))
  }

  func set(_ option: CURLoption, list: UnsafeMutablePointer<curl_slist>?) throws {
    check()
    try accept(curl_set_list(handle, option, list))
  }

  func set(_ option: CURLoption, copy bytes: [UInt8]) throws {
    check()
    try accept(
      bytes.withUnsafeBytes { bytes in
        curl_set_pointer(handle, option, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
      })
  }

  func setMessageBuffer() throws {
    check()
    words.pointee = 0
    try accept(curl_set_pointer(handle, CURLOPT_ERRORBUFFER, words))
  }

  func setCallbacks(
    receive: curl_write_callback, header: curl_write_callback, source: curl_read_callback,
    beforeRequest: curl_prereq_callback, context: UnsafeMutableRawPointer
  ) throws {
    check()
    for option in [
      CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_READDATA, CURLOPT_PREREQDATA,
    ] {
      try accept(curl_set_pointer(handle, option, context))
    }
    try accept(curl_set_receiver(handle, CURLOPT_WRITEFUNCTION, receive))
    try accept(curl_set_receiver(handle, CURLOPT_HEADERFUNCTION, header))
    try accept(curl_set_source(handle, source))
    try accept(curl_set_before_request(handle, beforeRequest))
  }

  func milliseconds(_ info: CURLINFO) -> Double {
    check()
    var microseconds: curl_off_t = 0
    curl_get_size(handle, info, &microseconds)
    return Double(microseconds) / 1000
  }

  func number(_ info: CURLINFO) -> Int {
    check()
    var value = 0
    curl_get_long(handle, info, &value)
    return value
  }

  private func accept(_ code: CURLcode) throws {
    guard code == CURLE_OK else {
      throw TransportError(
        .badRequest, code: code, detail: String(cString: curl_easy_strerror(code)), url: "a server")
    }
  }

  private func check() {
    precondition(pthread_equal(thread, pthread_self()) != 0, "libcurl on a foreign thread")
  }
}
