-- idea: least memory without losing time: two threads, small blocks, row groups cut by bytes, no index pages or Bloom filters kept until the end
SET output_format_parquet_compression_method = 'zstd';
SET max_threads = 2;
-- A row can be large, and a block of 65,409 of them huge. Fewer than these cost more time than they save.
SET max_block_size = 64;
-- With this cache every block is a whole granule, whatever max_block_size says.
SET use_query_condition_cache = 0; -- since 25.3
-- Whichever comes first. What a writer knows of each row group it holds until the end of the file, so groups are not too small either.
SET output_format_parquet_row_group_size = 100000;
SET output_format_parquet_row_group_size_bytes = 4194304;
SET output_format_parquet_write_page_index = 0; -- since 24.8
SET output_format_parquet_write_bloom_filter = 0; -- since 25.2
-- A set that could also prune by the primary key keeps its values a second time, as columns.
SET use_index_for_in_with_subqueries = 0;
