"""What Kitchen adds to Locust: statistics that can be judged, thresholds, an open model."""
