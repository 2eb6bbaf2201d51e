// libcurl as a library: which one it is, and whose allocator it uses. Sends nothing.

import CCurl

/// The libcurl that this process runs with.
public enum LibCurl {
  /// Such as `7.88.1`.
  public static var version: String {
    curl_version_info(CURLVERSION_NOW).pointee.version.map { String(cString: $0) } ?? "unknown"
  }

  /// Makes libcurl allocate, and free, at least as many bytes as the buffer holds on this thread,
  /// by having it copy the buffer. Nothing of ours allocates in between, so that a caller can tell
  /// whose allocator served libcurl.
  ///
  /// - Parameter letters: at most 1 MiB of plain letters, which are copied as they are.
  public static func copy(_ letters: UnsafeBufferPointer<CChar>) {
    curl_free(curl_easy_escape(nil, letters.baseAddress, Int32(letters.count)))
  }
}
