"""WebCTP: Chinese futures through a CTP gateway that one runs oneself."""
