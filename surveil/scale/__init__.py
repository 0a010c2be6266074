"""Months of archive: a replay cut into tasks that processes or machines share, with one answer whoever does them."""
