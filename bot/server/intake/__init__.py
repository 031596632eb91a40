"""All that requests pass on their way: limits, the path of PUBLIC_URL, the end of the process."""
