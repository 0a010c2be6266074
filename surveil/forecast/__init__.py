"""Where a boat will be, and where it came from: the tidal stream, leeway, and clouds of particles."""
