// The outcome of an attempt, common to all records.

import CSVRecords

/// How an attempt ended.
package enum Status: String, CSVField, Codable {
  /// It did what was asked.
  case ok
  /// The server or the transport gave an error.
  case failed
  /// It ended well with another number of rows than the generator's ground truth.
  case wrongRows = "wrong_rows"
  /// A guard of the suite ended it; it is no measurement, and is repeated.
  case stopped
}

/// A record of an attempt, which succeeded or has the columns of an error.
package protocol Attempted {
  var status: Status { get set }
  var errorCode: Int? { get set }
  /// The server's name of the error.
  var errorName: String? { get set }
  /// One line of at most 300 characters, without secrets.
  var errorMessage: String? { get set }
}
