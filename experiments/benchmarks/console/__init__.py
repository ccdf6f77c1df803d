"""The console in a browser: the day's paths, looks, accessibility, speed, leaks, and who may see what."""
