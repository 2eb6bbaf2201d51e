-- idea: Langfuse's settings: row groups of up to a million rows or 128 MiB, small blocks, ten threads
SET output_format_parquet_compression_method = 'zstd';
SET output_format_parquet_row_group_size = 1000000;
SET output_format_parquet_row_group_size_bytes = 134217728;
SET output_format_parquet_batch_size = 16;
SET max_block_size = 8192;
SET max_threads = 10;
