-- idea: the design document's settings: row groups of 500 rows, ten threads
SET output_format_parquet_compression_method = 'zstd';
SET output_format_parquet_row_group_size = 500;
SET max_threads = 10;
