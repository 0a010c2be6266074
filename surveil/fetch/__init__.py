"""Days of public AIS archives by name: downloaded, checked, cut to an area, ready to replay."""
