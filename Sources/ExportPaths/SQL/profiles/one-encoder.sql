-- idea: fork, but one thread encodes Parquet
SET output_format_parquet_compression_method = 'zstd';
SET output_format_parquet_row_group_size = 500;
SET max_threads = 10;
SET output_format_parquet_parallel_encoding = 0;
