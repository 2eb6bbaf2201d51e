// Thrift compact protocol: reads and writes values of any structure.
//
// The protocol: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md

indirect enum ThriftValue: Equatable {
  case bool(Bool)
  case byte(UInt8)
  /// 16, 32 or 64 bits, with the type under which it is written.
  case integer(type: UInt8, Int64)
  /// The eight bytes of a floating-point number.
  case double([UInt8])
  case binary([UInt8])
  /// A list or a set.
  case list(type: UInt8, element: UInt8, [ThriftValue])
  case map(key: UInt8, value: UInt8, [ThriftValue])
  case structure([ThriftField])
}

struct ThriftField: Equatable {
  let id: Int
  var value: ThriftValue
}

/// Type numbers of the protocol.
enum ThriftType {
  static let isTrue: UInt8 = 1
  static let isFalse: UInt8 = 2
  static let byte: UInt8 = 3
  static let int16: UInt8 = 4
  static let int64: UInt8 = 6
  static let double: UInt8 = 7
  static let binary: UInt8 = 8
  static let list: UInt8 = 9
  static let set: UInt8 = 10
  static let map: UInt8 = 11
  static let structure: UInt8 = 12
}

struct ThriftError: Error {}

/// Reads values from untrusted bytes.
struct ThriftReader {
  private let bytes: ArraySlice<UInt8>
  private var place: Int
  /// Parquet's footers are six levels deep.
  private static let depthMax = 16

  init(_ bytes: ArraySlice<UInt8>) { (self.bytes, place) = (bytes, bytes.startIndex) }

  mutating func value(_ type: UInt8, depth: Int = 0) throws(ThriftError) -> ThriftValue {
    guard depth < Self.depthMax else { throw ThriftError() }
    switch type {
    case ThriftType.isTrue, ThriftType.isFalse: return .bool(type == ThriftType.isTrue)
    case ThriftType.byte: return .byte(try next())
    case ThriftType.int16...ThriftType.int64: return .integer(type: type, try signed())
    case ThriftType.double: return .double(try take(8))
    case ThriftType.binary: return .binary(try take(try count()))
    case ThriftType.list, ThriftType.set:
      let (count, element) = try listHead()
      return .list(type: type, element: element, try elements(count, [element], depth + 1))
    case ThriftType.map:
      let count = try count()
      guard count > 0 else { return .map(key: 0, value: 0, []) }
      let types = try next()
      let pair = [types >> 4, types & 15]
      return .map(
        key: pair[0], value: pair[1], try elements(count * 2, pair, depth + 1))
    case ThriftType.structure:
      var fields: [ThriftField] = []
      var last = 0
      while let (id, type) = try field(after: last) {
        fields.append(ThriftField(id: id, value: try value(type, depth: depth + 1)))
        last = id
      }
      return .structure(fields)
    default: throw ThriftError()
    }
  }

  /// Skips a value of a type.
  mutating func skip(_ type: UInt8, depth: Int = 0) throws(ThriftError) {
    guard depth < Self.depthMax else { throw ThriftError() }
    switch type {
    case ThriftType.isTrue, ThriftType.isFalse: break
    case ThriftType.byte: try pass(1)
    case ThriftType.int16...ThriftType.int64: _ = try unsigned()
    case ThriftType.double: try pass(8)
    case ThriftType.binary: try pass(try count())
    case ThriftType.list, ThriftType.set:
      let (count, element) = try listHead()
      for _ in 0..<count { try skipElement(element, depth + 1) }
    case ThriftType.map:
      let count = try count()
      guard count > 0 else { return }
      let types = try next()
      for _ in 0..<count {
        try skipElement(types >> 4, depth + 1)
        try skipElement(types & 15, depth + 1)
      }
    case ThriftType.structure:
      var last = 0
      while let (id, type) = try field(after: last) {
        try skip(type, depth: depth + 1)
        last = id
      }
    default: throw ThriftError()
    }
  }

  private mutating func skipElement(_ type: UInt8, _ depth: Int) throws(ThriftError) {
    let isBool = type == ThriftType.isTrue || type == ThriftType.isFalse
    if isBool { try pass(1) } else { try skip(type, depth: depth) }
  }

  private mutating func pass(_ count: Int) throws(ThriftError) {
    guard count <= bytes.endIndex - place else { throw ThriftError() }
    place += count
  }

  /// The id and type of the next field; nil at the structure's end.
  mutating func field(after last: Int) throws(ThriftError) -> (id: Int, type: UInt8)? {
    let head = try next()
    guard head != 0 else { return nil }
    let step = Int(head >> 4)
    let id = step == 0 ? Int(try signed()) : last + step
    guard Int16(exactly: id) != nil else { throw ThriftError() }
    return (id, head & 15)
  }

  /// The length and element type of a list.
  mutating func listHead() throws(ThriftError) -> (count: Int, element: UInt8) {
    let head = try next()
    return (head >> 4 == 15 ? try count() : Int(head >> 4), head & 15)
  }

  private mutating func elements(
    _ count: Int, _ types: [UInt8], _ depth: Int
  ) throws(ThriftError) -> [ThriftValue] {
    var found: [ThriftValue] = []
    for place in 0..<count {
      let type = types[place % types.count]
      // Outside of a structure a bool has its own byte.
      let isBool = type == ThriftType.isTrue || type == ThriftType.isFalse
      found.append(isBool ? .bool(try next() == 1) : try value(type, depth: depth))
    }
    return found
  }

  private mutating func next() throws(ThriftError) -> UInt8 {
    guard place < bytes.endIndex else { throw ThriftError() }
    defer { place += 1 }
    return bytes[place]
  }

  private mutating func take(_ count: Int) throws(ThriftError) -> [UInt8] {
    guard count <= bytes.endIndex - place else { throw ThriftError() }
    defer { place += count }
    return Array(bytes[place..<place + count])
  }

  private mutating func unsigned() throws(ThriftError) -> UInt64 {
    var number: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      let byte = try next()
      number |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return number }
    }
    throw ThriftError()
  }

  private mutating func signed() throws(ThriftError) -> Int64 {
    let number = try unsigned()
    return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
  }

  // No list or text is longer than the remaining bytes.
  private mutating func count() throws(ThriftError) -> Int {
    let number = try unsigned()
    guard number <= UInt64(bytes.endIndex - place) else { throw ThriftError() }
    return Int(number)
  }
}

struct ThriftWriter {
  private(set) var bytes: [UInt8] = []

  /// Writes a value; a bool only outside of a structure.
  mutating func write(_ value: ThriftValue) {
    switch value {
    case .bool(let flag): bytes.append(flag ? 1 : 2)
    case .byte(let byte): bytes.append(byte)
    case .integer(_, let number): signed(number)
    case .double(let eight): bytes += eight
    case .binary(let data):
      unsigned(UInt64(data.count))
      bytes += data
    case .list(_, let element, let values):
      listHead(values.count, element)
      for value in values { write(value) }
    case .map(let key, let type, let values):
      unsigned(UInt64(values.count / 2))
      if !values.isEmpty { bytes.append(key << 4 | type) }
      for value in values { write(value) }
    case .structure(let fields):
      var last = 0
      for one in fields {
        field(one.id, one.value.type, after: last)
        if case .bool = one.value {} else { write(one.value) }
        last = one.id
      }
      end()
    }
  }

  mutating func field(_ id: Int, _ type: UInt8, after last: Int) {
    if 1...15 ~= id - last {
      bytes.append(UInt8(id - last) << 4 | type)
    } else {
      bytes.append(type)
      signed(Int64(id))
    }
  }

  mutating func listHead(_ count: Int, _ element: UInt8) {
    bytes.append((count < 15 ? UInt8(count) : 15) << 4 | element)
    if count >= 15 { unsigned(UInt64(count)) }
  }

  /// Appends encoded bytes.
  mutating func raw(_ written: [UInt8]) { bytes += written }

  mutating func end() { bytes.append(0) }

  private mutating func unsigned(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func signed(_ number: Int64) {
    unsigned(UInt64(bitPattern: number << 1 ^ number >> 63))
  }
}

extension ThriftValue {
  /// The type of a value as a structure field.
  var type: UInt8 {
    switch self {
    case .bool(let flag): flag ? ThriftType.isTrue : ThriftType.isFalse
    case .byte: ThriftType.byte
    case .integer(let type, _): type
    case .double: ThriftType.double
    case .binary: ThriftType.binary
    case .list(let type, _, _): type
    case .map: ThriftType.map
    case .structure: ThriftType.structure
    }
  }

  /// A field by id: get, replace, or remove with nil. A missing field cannot be set.
  subscript(id: Int) -> ThriftValue? {
    get {
      guard case .structure(let fields) = self else { return nil }
      return fields.first { $0.id == id }?.value
    }
    set {
      guard case .structure(var fields) = self,
        let place = fields.firstIndex(where: { $0.id == id })
      else { return }
      if let newValue { fields[place].value = newValue } else { fields.remove(at: place) }
      self = .structure(fields)
    }
  }
}
