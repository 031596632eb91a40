"""Whole windows and pages: the App Home, the composer, the statistics, and what a browser shows."""
