"""What a venue must offer, and the drivers that carry it: WebSocket, HTTP, back-off, pacing, silence."""
