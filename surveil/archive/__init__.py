"""The track archive: GeoParquet by day and MMSI bucket, and what has been imported into it."""
