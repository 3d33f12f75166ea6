"""Where frames and pictures come from."""
