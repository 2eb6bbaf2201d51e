// Selects the latest of several records of one key.

/// In the order of the file: what was run twice counts once.
package func last<Element, Key: Hashable>(_ elements: [Element], by key: (Element) -> Key)
  -> [Element]
{
  var positions: [Key: Int] = [:]
  for position in elements.indices { positions[key(elements[position])] = position }
  if positions.count == elements.count { return elements }
  return positions.values.sorted().map { elements[$0] }
}
