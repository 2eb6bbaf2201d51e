-- idea: fork with the Parquet encoder of the Arrow library; from ClickHouse 26.5 on the setting is obsolete and does nothing
SET output_format_parquet_compression_method = 'zstd';
SET output_format_parquet_row_group_size = 500;
SET max_threads = 10;
SET output_format_parquet_use_custom_encoder = 0;
