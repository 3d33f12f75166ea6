"""Where frames and pictures come from: cameras, videos, files and browsers."""
