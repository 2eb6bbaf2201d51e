-- idea: fork, but LIMIT BY sees rows only after they are merged into one sorted stream, as before ClickHouse 26.6
SET output_format_parquet_compression_method = 'zstd';
SET output_format_parquet_row_group_size = 500;
SET max_threads = 10;
SET query_plan_push_limit_by_into_sort = 0; -- since 26.6
