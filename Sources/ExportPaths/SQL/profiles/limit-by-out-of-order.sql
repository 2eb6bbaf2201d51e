-- idea: fork, but LIMIT BY does not use the table's sorting key, as before ClickHouse 26.6
SET output_format_parquet_compression_method = 'zstd';
SET output_format_parquet_row_group_size = 500;
SET max_threads = 10;
SET optimize_limit_by_in_order = 0; -- since 26.6
