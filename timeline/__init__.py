"""Who showed what, when; without files, clocks, databases or the web."""
