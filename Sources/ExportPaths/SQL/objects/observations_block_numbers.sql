-- Two more columns in each part, which name a row across merges: the number of the insert that
-- brought it, and its place in that insert. A merge of parts without them gives wrong numbers, so
-- they belong on before the first insert.
ALTER TABLE observations/*clustered: ON CLUSTER default*/
  MODIFY SETTING enable_block_number_column = 1, enable_block_offset_column = 1;
