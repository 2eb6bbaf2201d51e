// libcurl as a library: which one it is, and whose allocator it uses. Sends nothing.

import CCurl

/// The libcurl that this process runs with.
package enum LibCurl {
  /// With the libraries that it uses, such as `libcurl/7.88.1 OpenSSL/3.0.17 …`.
  package static var version: String { String(cString: curl_version()) }

  /// Makes libcurl allocate, and free, at least as many bytes as the buffer holds on this thread,
  /// by having it copy the buffer. Nothing of ours allocates in between, so that a caller can tell
  /// whose allocator served libcurl.
  ///
  /// - Parameter letters: at most 1 MiB of plain letters, which are copied as they are.
  package static func copy(_ letters: UnsafeBufferPointer<CChar>) {
    curl_free(curl_easy_escape(nil, letters.baseAddress, Int32(letters.count)))
  }
}
