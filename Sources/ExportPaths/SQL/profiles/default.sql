-- idea: what the server does if nobody says anything; only the compression of the file is the same as in the other profiles
SET output_format_parquet_compression_method = 'zstd';
