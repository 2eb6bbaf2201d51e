// libcurl's version, and a check of which allocator it uses.

import CCurl

package enum LibCurl {
  /// With the libraries it uses, such as `libcurl/7.88.1 OpenSSL/3.0.17 …`.
  package static var version: String { String(cString: curl_version()) }

  /// Makes libcurl allocate and free at least as many bytes as the buffer has, on this thread, by
  /// copying it. Nothing else allocates in between, so the caller can tell which allocator libcurl
  /// uses.
  ///
  /// - Parameter letters: at most 1 MiB of ASCII letters, which are copied unchanged.
  package static func copy(_ letters: UnsafeBufferPointer<CChar>) {
    curl_free(curl_easy_escape(nil, letters.baseAddress, Int32(letters.count)))
  }
}
