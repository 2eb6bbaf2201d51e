-- idea: fork, but FINAL never merges the partitions separately, even where no key can be in two of them
SET output_format_parquet_compression_method = 'zstd';
SET output_format_parquet_row_group_size = 500;
SET max_threads = 10;
SET enable_automatic_decision_for_merging_across_partitions_for_final = 0; -- since 26.2
