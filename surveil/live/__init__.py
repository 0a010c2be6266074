"""The watch: feeds in, the raw log, the one engine, the picture of now, alerts and acts that survive, sinks out."""
