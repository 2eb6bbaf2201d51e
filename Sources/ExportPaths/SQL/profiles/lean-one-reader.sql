-- idea: lean with one reader: half of its memory. One thread reads while the other encodes
SET output_format_parquet_compression_method = 'zstd';
SET max_threads = 2;
-- Each reader has buffers for every column, and separate blocks on their way to the encoder.
SET max_streams_for_merge_tree_reading = 1;
-- With one reader, blocks of this size cost little memory and save time; larger ones wait for the encoder.
SET max_block_size = 256;
-- With this cache every block is a whole granule, whatever max_block_size says.
SET use_query_condition_cache = 0; -- since 25.3
SET output_format_parquet_row_group_size = 100000;
SET output_format_parquet_row_group_size_bytes = 4194304;
SET output_format_parquet_write_page_index = 0; -- since 24.8
SET output_format_parquet_write_bloom_filter = 0; -- since 25.2
SET use_index_for_in_with_subqueries = 0;
