"""Maritime surveillance for the Dover Strait: AIS to tracks, alerts with reasons, and a map."""

__version__ = "0.1.0"
