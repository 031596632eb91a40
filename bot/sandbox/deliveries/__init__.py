"""What the app is sent, over HTTP or its socket."""
