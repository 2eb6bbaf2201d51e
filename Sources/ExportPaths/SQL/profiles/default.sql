-- idea: the server's defaults; only the file compression is that of the other profiles
SET output_format_parquet_compression_method = 'zstd';
